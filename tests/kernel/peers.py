# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests ask of a host that this collection shares with others."""

from __future__ import annotations

import re

from hosts import child
from hosts.answer import Unreachable
from hosts.lab import HOST, INTERNET, NEIGHBOUR
from hosts.place import Place


class Joined(Place):
    """The network of a process of a host: a container of others."""

    def __init__(self, host, pid):
        super().__init__()
        self.host = host
        self.pid = pid

    def enter(self):
        """Join the host's files, and the network of the process."""
        self.host.enter()
        child.join("/proc/%d/ns/net" % self.pid)


def served(place, address, port):
    """What a server says to a place, or None if it does not answer."""
    try:
        return place.ask(address, port, timeout=1).reply
    except Unreachable:
        return None


def works(lab, port, container, reply):
    """Whether a container answers on a published port of the host to a neighbour who keeps its address, and to the
    host itself, and reaches the outside under the host's address.
    """
    inward = lab.lan.ask(HOST, port)
    if lab.internet not in getattr(lab, "serving", ()):
        lab.internet.serve_tcp(7777, "outside")
        lab.serving = (lab.internet,)
    outward = container.ask(INTERNET, 7777)
    said = [inward.reply, inward.client, lab.host.ask(HOST, port).reply, outward.reply, outward.client]
    return said == [reply, NEIGHBOUR, reply, "outside", HOST]


def forwarding(host):
    """The kernel setting that switches IPv4 forwarding."""
    return host.run("cat /proc/sys/net/ipv4/ip_forward").stdout.strip()


def foreign_rules(host):
    """Everything in the firewall that is not ours, byte for byte but for counters and tables without content."""
    texts = [
        _without_ours(host.run(program).stdout)
        for program in ("iptables-nft-save", "ip6tables-nft-save", "iptables-legacy-save", "ip6tables-legacy-save")
    ]
    return [*texts, _native(host.run("nft -j list ruleset").json["nftables"])]


def _without_ours(text):
    """Rules and chains of others, in their order."""
    found, table = [], ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith((":", "-A ")) and "HOSTNET-" not in line:
            lasting = re.sub(r" \[\d+:\d+\]$", "", line)
            if not lasting.startswith(":") or lasting.endswith(" -"):
                found.append("%s %s" % (table, lasting))
    return found


def _native(items):
    """Tables, chains, sets and rules that are not of iptables, without counters, handles and indices."""
    hidden = {"handle", "index", "packets", "bytes"}

    def lasting(value):
        if isinstance(value, dict):
            return {key: lasting(item) for key, item in value.items() if key not in hidden}
        return [lasting(item) for item in value] if isinstance(value, list) else value

    shown = [lasting(item) for item in items if "metainfo" not in item]
    return [item for item in shown if not _of_iptables(item) and "hostnet" not in str(item).lower()]


def _of_iptables(item):
    ((kind, content),) = item.items()
    if kind == "table":
        return content["name"] in ("raw", "nat", "filter", "mangle", "security")
    name = content["name"] if kind == "chain" else content.get("chain", "")
    return content["family"] in ("ip", "ip6") and name == name.upper() and name != ""
