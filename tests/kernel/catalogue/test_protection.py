# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scenarios 35 to 55 of the catalogue: what must not get through.

Each test also takes the protection away by hand and shows that the packet then arrives, so that it cannot pass for
another reason.
"""

from __future__ import annotations

import select
import socket

import pytest
from networks import DB, HOST_OF, NEIGHBOUR_OF, WEB, make, publish, route_at_the_host
from packets import frame, mac_of, tcp_reset, udp
from talk import PATIENCE, SILENCE, Ear, inject, open_in, pings, refuses, send_datagram
from walls import PROGRAM, drop_rules


@pytest.fixture
def web(lab):
    """A network whose containers the LAN has a route to; port 80 of `a` is published on 8080, tcp and udp."""
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"])
    route_at_the_host(lab, WEB)
    lab.a.serve_tcp(80, "a")
    lab.a.serve_udp(80, "a")
    lab.a.serve_tcp(81, "unpublished")
    for proto in ("tcp", "udp"):
        publish(lab.host, WEB, 2, protocol=proto)
    return lab


@pytest.mark.parametrize("policy", ["ACCEPT", "DROP"])
def test_35_39_41_a_neighbour_with_a_route_reaches_no_container(web, family, policy):
    """Two walls, of which each holds alone: the guard in the table raw, and the last rule of the bridge in filter."""
    web.host.run([PROGRAM[family], "-P", "FORWARD", policy])
    target = WEB.address(family, 2)
    walls = [("raw", ["-d " + WEB.subnet(family), "-j DROP"]), ("filter", ["-o web", "-j DROP"])]
    ear = Ear(web.a)

    def arrives():
        send_datagram(web.lan, family, target, 80, b"forged")
        return ear.hears(b"forged") is not None

    assert not pings(web.lan, target)
    assert refuses(web.lan, target, 80)
    assert refuses(web.lan, target, 81)
    assert not arrives()
    for standing in walls:
        (fallen,) = [wall for wall in walls if wall is not standing]
        assert drop_rules(web.host, family, *fallen)
        assert not arrives()
        assert publish(web.host, WEB, 2)["changed"]
    for wall in walls:
        drop_rules(web.host, family, *wall)
    assert arrives() == (policy == "ACCEPT")
    assert web.lan.can_reach(target, 81) == (policy == "ACCEPT")


def test_37_direct_access_lets_the_neighbour_in(web, family):
    web.host.module("forwarding", bridge="web", direct_access=True)
    assert pings(web.lan, WEB.address(family, 2), timeout=PATIENCE)
    assert web.lan.ask(WEB.address(family, 2), 80, "udp").client == NEIGHBOUR_OF[family]
    web.host.module("forwarding", bridge="web", direct_access=False)
    assert not pings(web.lan, WEB.address(family, 2))


@pytest.mark.parametrize("masquerade", [False, True], ids=["routed", "masqueraded"])
def test_38_39_a_routed_network_is_reached_by_its_own_addresses(lab, family, masquerade):
    (a,) = make(lab.host, WEB, ["a"], masquerade=masquerade, direct_access=True)
    route_at_the_host(lab, WEB)
    a.serve_tcp(81, "a")
    lab.host.run([PROGRAM[family], "-P", "FORWARD", "DROP"])
    assert pings(lab.lan, WEB.address(family, 2), timeout=PATIENCE)
    answer = lab.lan.ask(WEB.address(family, 2), 81)
    assert (answer.reply, answer.client) == ("a", NEIGHBOUR_OF[family])


def test_41_43_the_users_chain_lets_some_in_and_keeps_the_others_out(web, family):
    """What other tools call an accepted mark, or holes of a routed network, is a rule in the user's own chain."""
    web.host.module("forwarding", bridge="web", direct_access=True)
    jump = [PROGRAM[family], "-A", "HOSTNET-USER", "-o", "web"]
    web.host.run([PROGRAM[family], "-t", "raw", "-A", "PREROUTING", "-p", "tcp", "--dport", "81"] + _mark("-j"))
    web.host.run([*jump, "-m", "mark", "--mark", "7", "-j", "RETURN"])
    web.host.run([*jump, "-i", "lan0", "-m", "conntrack", "--ctstate", "NEW", "-j", "DROP"])
    assert web.lan.ask(WEB.address(family, 2), 81).reply == "unpublished"
    assert refuses(web.lan, WEB.address(family, 2), 80)


def _mark(word):
    return [word, "MARK", "--set-mark", "7"]


GUARD_OF_LOOPBACK = ("raw", ["-d 127.0.0.0/8", "! -i lo", "-j DROP"])


@pytest.mark.parametrize("host_ip", [None, "127.0.0.1", "127.0.0.2"])
def test_42_a_neighbour_does_not_reach_a_port_published_on_loopback(web, host_ip):
    """Without the guard the kernel rewrites the target before it judges the address, and lets the packet pass."""
    address = host_ip or "127.0.0.1"
    publish(web.host, WEB, 2, 8090, families=[4], protocol="udp", **({"host_ip": host_ip} if host_ip else {}))
    ear, target_mac = Ear(web.a), mac_of(web.host, "lan0")
    attack = frame(mac_of(web.lan), target_mac, udp(NEIGHBOUR_OF[4], address, b"to loopback", 4000, 8090))
    assert web.host.ask(address, 8090, "udp").reply == "a"
    inject(web.lan, attack)
    assert ear.hears(b"to loopback") is None
    assert drop_rules(web.host, 4, *GUARD_OF_LOOPBACK) == 1
    drop_rules(web.host, 4, "raw", ["-j DROP"])
    inject(web.lan, attack)
    assert ear.hears(b"to loopback") is not None


@pytest.mark.parametrize("attacker", ["a", "lan"])
def test_a_service_on_the_hosts_loopback_is_out_of_reach(web, attacker):
    """Of containers, whose bridge the kernel lets talk to 127.0.0.0/8; and of neighbours of a careless host."""
    ends = {"a": (web.a, "web", WEB.address(4, 2)), "lan": (web.lan, "lan0", NEIGHBOUR_OF[4])}
    place, bridge, source = ends[attacker]
    if attacker == "lan":
        web.host.run("sysctl -q net.ipv4.conf.lan0.route_localnet=1")
    port = web.host.run("ip -j link show master web").json[0]["ifname"] if attacker == "a" else bridge
    arrival = Ear(web.host, port)
    heard = _listen_on_loopback(web.host)
    attack = frame(mac_of(place), mac_of(web.host, bridge), udp(source, "127.0.0.1", b"to loopback", 4000, 7000))
    inject(place, attack)
    assert arrival.hears(b"to loopback") is not None
    assert heard() is None
    assert drop_rules(web.host, 4, *GUARD_OF_LOOPBACK) == 1
    inject(place, attack)
    assert heard() == b"to loopback"


def _listen_on_loopback(host):
    listening = open_in(host, 4, socket.SOCK_DGRAM)
    listening.bind(("127.0.0.1", 7000))
    return lambda: listening.recv(4096) if select.select([listening], [], [], SILENCE)[0] else None


def test_51_a_packet_that_belongs_to_no_connection_does_not_leave_with_a_containers_address(web, family):
    source, target = WEB.address(family, 2), NEIGHBOUR_OF[family]
    ear = Ear(web.lan)
    attack = frame(mac_of(web.a), mac_of(web.host, "web"), tcp_reset(source, target, 0xABCD, 0xBCDE))
    inject(web.a, attack)
    assert ear.hears(b"\xab\xcd\xbc\xde") is None
    assert drop_rules(web.host, family, "filter", ["-i web", "INVALID", "-j DROP"]) == 1
    inject(web.a, attack)
    assert ear.hears(b"\xab\xcd\xbc\xde") is not None


def test_49_a_host_that_starts_to_forward_does_not_become_a_router(lab, family):
    """Between the LAN and a network of somebody else's on the same host."""
    foreign = _foreign_network(lab)
    (_a,) = make(lab.host, WEB, ["a"])
    assert lab.host.run("sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding").stdout.split() == ["1", "1"]
    assert pings(lab.host, foreign[family], timeout=PATIENCE)
    assert not pings(lab.lan, foreign[family])
    lab.host.run([PROGRAM[family], "-P", "FORWARD", "ACCEPT"])
    assert pings(lab.lan, foreign[family], timeout=PATIENCE)


def _foreign_network(lab):
    """A network that this collection knows nothing of; returns the address of its only machine by family."""
    lab.host.run("ip netns add foreign")
    inside = lab.host.container("foreign")
    lab.host.run("ip link add foreign0 type veth peer name eth0 netns foreign")
    lab.host.run("ip link set foreign0 up")
    inside.run("ip link set eth0 up")
    found = {}
    for family, network, length in ((4, "10.77.0.", 24), (6, "fd00:77::", 64)):
        found[family] = network + "2"
        lab.host.run(["ip", "address", "add", "%s1/%d" % (network, length), "dev", "foreign0", "nodad"])
        inside.run(["ip", "address", "add", "%s2/%d" % (network, length), "dev", "eth0", "nodad"])
        inside.run(["ip", "-%d" % family, "route", "add", "default", "via", network + "1"])
        lab.lan.run(["ip", "route", "add", "%s0/%d" % (network, length), "via", HOST_OF[family]])
    return found


@pytest.mark.parametrize("how", ["was a router before", "keep"])
def test_50_a_host_that_is_meant_to_forward_goes_on_doing_so(lab, family, how):
    foreign = _foreign_network(lab)
    if how != "keep":
        lab.host.run("sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
    make(lab.host, WEB, ["a"], **({"forward_policy": "keep"} if how == "keep" else {}))
    assert pings(lab.lan, foreign[family], timeout=PATIENCE)
    route_at_the_host(lab, WEB)
    assert not pings(lab.lan, WEB.address(family, 2))


def test_45_46_only_networks_that_both_allow_it_reach_each_other(web, family):
    (routed,) = make(web.host, DB, ["c"], masquerade=False, direct_access=True)
    routed.serve_tcp(80, "c")
    assert refuses(web.a, DB.address(family, 2), 80)
    assert refuses(routed, WEB.address(family, 2), 80)
    web.host.module("forwarding", bridge="db", isolate=False, direct_access=True)
    assert refuses(web.a, DB.address(family, 2), 80)
    web.host.module("forwarding", bridge="web", isolate=False)
    assert pings(web.a, DB.address(family, 2), timeout=PATIENCE)
    assert web.a.ask(DB.address(family, 2), 80).reply == "c"
    assert refuses(web.a, DB.address(family, 2), 81)
    assert routed.ask(WEB.address(family, 2), 80).reply == "a"
