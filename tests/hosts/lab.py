# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host with a neighbour on its LAN, and a server on the internet beyond.

    host 192.0.2.1 ---- lan 192.0.2.2 | 198.51.100.1 ---- internet 198.51.100.2
    2001:db8:1::1       2001:db8:1::2 | 2001:db8:2::1     2001:db8:2::2

The neighbour is the LAN's router too. It and the internet know nothing of networks behind the host, so what a
container sends out is answered only if it left with the host's address.
"""

from __future__ import annotations

from hosts.host import Host

HOST, HOST_6 = "192.0.2.1", "2001:db8:1::1"
NEIGHBOUR, NEIGHBOUR_6 = "192.0.2.2", "2001:db8:1::2"
INTERNET, INTERNET_6 = "198.51.100.2", "2001:db8:2::2"

_HOST_END = """
link add lan0 type veth peer name eth0 netns {lan}
link set lan0 up
address add 192.0.2.1/24 dev lan0
address add 2001:db8:1::1/64 dev lan0 nodad
"""
_ROUTER = """
link set eth0 up
address add 192.0.2.2/24 dev eth0
address add 2001:db8:1::2/64 dev eth0 nodad
link add eth1 type veth peer name eth0 netns {internet}
link set eth1 up
address add 198.51.100.1/24 dev eth1
address add 2001:db8:2::1/64 dev eth1 nodad
"""
_INTERNET_END = """
link set eth0 up
address add 198.51.100.2/24 dev eth0
address add 2001:db8:2::2/64 dev eth0 nodad
route add 192.0.2.0/24 via 198.51.100.1
route add 2001:db8:1::/64 via 2001:db8:2::1
"""
_HOST_ROUTES = """
route add default via 192.0.2.2
route add default via 2001:db8:1::2
"""


class Lab:
    """Three places wired up: `host` (where modules run), `lan` and `internet`."""

    def __init__(self, iptables="nft"):
        self.host = Host(iptables)
        self.lan = Host()
        self.internet = Host()
        wires = {"lan": self.lan.pid, "internet": self.internet.pid}
        for place, script in (
            (self.host, _HOST_END),
            (self.lan, _ROUTER),
            (self.internet, _INTERNET_END),
            (self.host, _HOST_ROUTES),
        ):
            place.run("ip -batch -", stdin=script.format(**wires))
        self.lan.python(_forward)

    def close(self):
        """End all three places."""
        for place in (self.host, self.lan, self.internet):
            place.close()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()


def _forward():
    for setting in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        with open("/proc/sys/net/" + setting, "w", encoding="ascii") as file:
            file.write("1")
