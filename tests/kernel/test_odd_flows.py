# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flows that are not just TCP and UDP by global addresses, and flows that are none of our business."""

from __future__ import annotations

import socket
import struct
import threading

import pytest
from flows import Both, Datagrams, Stream
from networks import DB, FAMILIES, HOST_OF, INTERNET_OF, NEIGHBOUR_OF, WEB, make, publish, route_at_the_host
from packets import link_local, mac_of
from talk import SILENCE, open_in

from hosts import Host

PROGRAM = {4: "iptables", 6: "ip6tables"}


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture
def web(lab):
    """Networks `web` (a, b) and `db` (c), masqueraded."""
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"])
    (lab.c,) = make(lab.host, DB, ["c"])
    return lab


class Pings:
    """Echo requests of one sender, which are one flow; its number tells its answers from those of others."""

    def __init__(self, place, family, address, number):
        self.family, self.address, self.number, self.sent = family, address, number, 0
        self.socket = open_in(place, family, socket.SOCK_RAW, {4: 1, 6: 58}[family])
        self.socket.settimeout(SILENCE)

    def lives(self):
        """Whether one is answered."""
        self.sent += 1
        body = struct.pack("!HH", self.number, self.sent)
        request = b"\x80\x00\x00\x00" + body if self.family == 6 else b"\x08\x00" + _checksum(body) + body
        try:
            self.socket.sendto(request, (self.address, 0))
            while True:
                data = self.socket.recvfrom(256)[0]
                if data[20 if self.family == 4 else 0] in (0, 129) and data.endswith(body):
                    return True
        except OSError:
            return False


def _checksum(body):
    total = 0x0800 + sum(int.from_bytes(body[at : at + 2], "big") for at in range(0, len(body), 2))
    return (~((total & 0xFFFF) + (total >> 16)) & 0xFFFF).to_bytes(2, "big")


def tracked(host, *words):
    """The tracked connections that are told of with all these words."""
    lines = [
        line for name in ("ipv4", "ipv6") for line in host.run(["conntrack", "-L", "-f", name]).stdout.splitlines()
    ]
    return [line for line in lines if all(" %s " % word in line + " " for word in words)]


def test_flows_between_link_local_addresses(web):
    """On every bridge the host has one, so that the address alone does not tell where a packet came from."""
    flows = {}
    for place, bridge, port in ((web.a, "web", 7000), (web.c, "db", 7001)):
        number = int(place.run(["cat", "/sys/class/net/eth0/ifindex"]).stdout)
        flows[bridge] = Both(place, web.host, 6, link_local(mac_of(web.host, bridge)), port, port, scope=number)
        web.host.run(["ip", "address", "add", "fe80::1/64", "dev", bridge, "nodad"])
        flows["fe80::1 on " + bridge] = Both(place, web.host, 6, "fe80::1", port + 10, port + 10, scope=number)
    web.host.module("forwarding", bridge="web", host_access="none")
    assert flows["web"].ended() and flows["fe80::1 on web"].ended()
    assert flows["db"].lives() and flows["fe80::1 on db"].lives()


def test_pings(web, family):
    host, outside = Pings(web.a, family, HOST_OF[family], 7), Pings(web.a, family, INTERNET_OF[family], 8)
    other = Pings(web.c, family, HOST_OF[family], 9)
    assert host.lives() and outside.lives() and other.lives()
    done = web.host.module("forwarding", bridge="web", host_access="none")
    assert "end the IPv%d flows that are refused now" % family in done["actions"]
    assert not host.lives()
    assert outside.lives() and other.lives()
    web.host.module("forwarding", bridge="web", internal=True)
    assert not outside.lives()
    assert other.lives()


def test_flows_in_a_zone_are_somebody_elses(web, family):
    for hook in ("PREROUTING", "OUTPUT"):
        web.host.run(
            [PROGRAM[family], "-t", "raw", "-A", hook, "-p", "udp", "--dport", "8081", "-j", "CT", "--zone", "7"]
        )
    for port in (8081, 8082):
        Datagrams(web.lan, web.host, family, HOST_OF[family], port, port).client.sendto(b"x", (HOST_OF[family], port))
    assert len(tracked(web.host, "dport=8081", "zone=7")) == len(tracked(web.host, "dport=8082")) == 1
    for port in (8081, 8082):
        publish(web.host, WEB, 2, port, families=(family,), protocol="udp", loopback="none")
    assert len(tracked(web.host, "dport=8081", "zone=7")) == 1
    assert tracked(web.host, "dport=8082") == []


def test_marks_of_others_neither_hide_a_flow_nor_are_lost(web, family):
    web.host.run([PROGRAM[family], "-t", "mangle", "-A", "PREROUTING", "-j", "CONNMARK", "--set-mark", "7"])
    flows, others = (
        Both(web.a, web.internet, family, INTERNET_OF[family]),
        Both(web.c, web.lan, family, NEIGHBOUR_OF[family]),
    )
    web.host.module("forwarding", bridge="web", internal=True)
    assert flows.ended()
    assert len(tracked(web.host, "src=" + DB.address(family, 2), "mark=7")) == 2
    assert others.lives()


@pytest.mark.parametrize("gone", ["container", "network"])
def test_what_is_removed_leaves_no_flows(lab, family, gone):
    def declared(*names, **options):
        containers = [
            {"name": name, "addresses": [WEB.address(one, number) for one in FAMILIES]} for name, number in names
        ]
        return {"name": "web", "subnets": [WEB.subnet(one) for one in FAMILIES], "containers": containers, **options}

    make(lab.host, DB, ["c"])
    lab.host.module("network", **declared(("a", 2), ("b", 3)))
    a, b, c = map(lab.host.container, "abc")
    flows = [
        Both(place, lab.internet, family, INTERNET_OF[family], port, port) for port, place in enumerate((a, b, c), 81)
    ]
    kept = 2 if gone == "container" else 1
    change = declared(("b", 3)) if gone == "container" else {"name": "web", "state": "absent"}
    foreseen = lab.host.module("network", check=True, **change)["actions"]
    done = lab.host.module("network", **change)["actions"]
    assert foreseen == done
    assert "forget the IPv%d flows of addresses that are removed" % family in done
    assert tracked(lab.host, "src=" + WEB.address(family, 2)) == []
    assert all(flow.lives() for flow in flows[-kept:])
    assert bool(tracked(lab.host, "src=" + WEB.address(family, 3))) == (gone == "container")


def test_a_long_transfer_lives_on_over_all_that_does_not_concern_it(web, family):
    publish(web.host, WEB, 2, 80, families=(family,))
    transfer = Stream(web.internet, web.a, family, HOST_OF[family], 80)
    outward = Stream(web.a, web.lan, family, NEIGHBOUR_OF[family], 81, 81)
    ended, received = threading.Event(), []

    def receive():
        transfer.server.settimeout(5)
        while data := transfer.server.recv(1 << 16):
            received.append(len(data))

    def send():
        sent = 0
        while not ended.is_set():
            transfer.client.settimeout(5)
            sent += transfer.client.send(b"x" * 1000)
            ended.wait(0.001)
        transfer.client.shutdown(socket.SHUT_WR)
        received.append(-sent)

    workers = [threading.Thread(target=work) for work in (receive, send)]
    for worker in workers:
        worker.start()
    publish(web.host, WEB, 3, 90)
    publish(web.host, WEB, 3, 80, protocol="udp")
    publish(web.host, WEB, 3, 90, state="absent")
    web.host.module("forwarding", bridge="web", host_access="none", icc=False)
    web.host.module("forwarding", bridge="db", internal=True)
    web.host.module("masquerade", rules=[{"source": WEB.subnet(family), "random_fully": True}])
    make(web.host, DB, ["c", "d"])
    ended.set()
    for worker in workers:
        worker.join()
    assert sum(received) == 0 and len(received) > 100
    assert outward.lives()


def test_the_way_of_a_flow_is_that_of_the_routing_rules(lab):
    """Two uplinks, chosen by the source; the destination alone would tell the wrong one."""
    (a,) = make(lab.host, WEB, ["a"], masquerade=False)
    (c,) = make(lab.host, DB, ["c"], masquerade=False)
    route_at_the_host(lab, WEB, DB)
    with Host() as second:
        lab.host.run("ip link add uplink2 type veth peer name eth0 netns %d" % second.pid)
        for command in ("address add 203.0.113.1/24 dev uplink2", "link set uplink2 up"):
            lab.host.run("ip " + command)
        lab.host.run("ip route add default via 203.0.113.2 dev uplink2 table 200")
        lab.host.run("ip rule add from %s lookup 200" % WEB.subnet(4))
        lab.host.run("sysctl -q net.ipv4.conf.uplink2.rp_filter=0")
        second.run("ip link set eth0 up")
        second.run("ip address add 203.0.113.2/24 dev eth0")
        second.run("ip address add %s/32 dev lo" % INTERNET_OF[4])
        second.run("ip route add %s via 203.0.113.1" % WEB.subnet(4))
        flows = Datagrams(a, second, 4, INTERNET_OF[4], 80)
        others = Datagrams(c, lab.internet, 4, INTERNET_OF[4], 80)
        assert (flows.source(), others.source()) == (WEB.address(4, 2), DB.address(4, 2))
        lab.host.module(
            "masquerade", rules=[{"source": item.subnet(4), "out_interface": "uplink2"} for item in (WEB, DB)]
        )
        assert (flows.source(), others.source()) == ("203.0.113.1", DB.address(4, 2))


def test_containers_that_talked_on_a_bridge_that_no_firewall_sees(web, family):
    for name in ("iptables", "ip6tables"):
        web.host.run(["sysctl", "-q", "net.bridge.bridge-nf-call-%s=0" % name])
    flows = Both(web.b, web.a, family, WEB.address(family, 2))
    outward = Both(web.a, web.internet, family, INTERNET_OF[family], 81, 81)
    web.host.module("forwarding", bridge="web", icc=False)
    assert flows.ended()
    assert outward.lives()


def test_what_the_user_accepts_lives_on(lab, family):
    (a,) = make(lab.host, WEB, ["a"], masquerade=False, direct_access=True)
    route_at_the_host(lab, WEB)
    flows = Both(lab.lan, a, family, WEB.address(family, 2))
    lab.host.run([PROGRAM[family], "-A", "HOSTNET-USER", "-i", "lan0", "-o", "web", "-j", "ACCEPT"])
    lab.host.module("forwarding", bridge="web", direct_access=False)
    assert flows.udp.lives() and flows.tcp.carries(flows.tcp.client, flows.tcp.server) and flows.tcp.lives()
