# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scenarios 69 to 73 of the catalogue: under which address a container's packets leave."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from networks import DB, FAMILIES, HOST_OF, INTERNET_OF, NEIGHBOUR_OF, WEB, make, route_at_the_host
from packets import udp
from talk import Ear, open_in

MULTICAST = {4: "239.1.2.3", 6: "ff05::1234"}


@pytest.fixture
def web(lab):
    """A network that is not masqueraded; the internet server, and b, tell who asks."""
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"], masquerade=False, direct_access=True)
    for place, word in ((lab.internet, "internet"), (lab.lan, "neighbour"), (lab.b, "b")):
        place.serve_tcp(80, word)
        place.serve_udp(80, word)
    route_at_the_host(lab, WEB)
    return lab


def masquerade(web, family, **options):
    """Declare the rule of a family."""
    return web.host.module("masquerade", source=WEB.subnet(family), **options)


@pytest.mark.parametrize("proto", ["tcp", "udp"])
def test_69_71_the_outside_sees_the_host_and_siblings_see_each_other(web, family, proto):
    own = WEB.address(family, 2)
    assert web.a.ask(INTERNET_OF[family], 80, proto).client == own
    masquerade(web, family)
    assert web.a.ask(INTERNET_OF[family], 80, proto).client == HOST_OF[family]
    assert web.a.ask(WEB.address(family, 3), 80, proto).client == own
    before = web.host.snapshot()
    assert not masquerade(web, family)["changed"]
    assert web.host.leaks(before) == []
    masquerade(web, family, state="absent")
    assert web.a.ask(INTERNET_OF[family], 80, proto).client == own


def test_69_multicast_keeps_its_source(web, family):
    """The host sends a datagram that claims to come from a: by the rule for the subnet, but to a group."""
    masquerade(web, family)
    ear = Ear(web.lan)
    with open_in(web.host, family, socket.SOCK_RAW, socket.IPPROTO_RAW) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lan0")
        for target in (MULTICAST[family], INTERNET_OF[family]):
            sender.sendto(udp(WEB.address(family, 2), target, b"to " + target.encode()), (target, 0))
    sources = [source_of(ear.hears(b"to " + target.encode())) for target in (MULTICAST[family], INTERNET_OF[family])]
    assert sources == [WEB.address(family, 2), HOST_OF[family]]


def source_of(packet):
    """The source address of a frame with an IP packet."""
    four = packet[14] >> 4 == 4
    return str(ipaddress.ip_address(packet[26:30] if four else packet[22:38]))


def test_70_a_fixed_address(web, family):
    fixed = {4: "192.0.2.77", 6: "2001:db8:1::77"}[family]
    # Deprecated, so that the kernel does not choose it by itself.
    length = {4: 24, 6: 64}[family]
    web.host.run("ip address add %s/%d dev lan0 nodad preferred_lft 0" % (fixed, length))
    masquerade(web, family, to_source=fixed)
    assert web.a.ask(INTERNET_OF[family], 80).client == fixed
    masquerade(web, family, to_source=fixed, random_fully=True)
    assert web.a.ask(INTERNET_OF[family], 80).client == fixed
    masquerade(web, family)
    assert web.a.ask(INTERNET_OF[family], 80).client == HOST_OF[family]


def test_excluded_destinations_see_the_container(web, family):
    masquerade(web, family, exclude=[{4: "198.51.100.0/24", 6: "2001:db8:2::/64"}[family]])
    assert web.a.ask(INTERNET_OF[family], 80).client == WEB.address(family, 2)
    assert web.a.ask(NEIGHBOUR_OF[family], 80).client == HOST_OF[family]


def test_only_what_leaves_by_the_named_interface_is_rewritten(web, family):
    masquerade(web, family, out_interface="lan9")
    assert web.a.ask(INTERNET_OF[family], 80).client == WEB.address(family, 2)
    masquerade(web, family, out_interface="lan0")
    assert web.a.ask(INTERNET_OF[family], 80).client == HOST_OF[family]


def test_73_asked_02_each_family_by_itself(web):
    """IPv4 under the host's address, IPv6 routed."""
    masquerade(web, 4)
    assert web.a.ask(INTERNET_OF[4], 80).client == HOST_OF[4]
    assert web.a.ask(INTERNET_OF[6], 80).client == WEB.address(6, 2)
    assert web.lan.run(["ping", "-n", "-c1", "-W1", WEB.address(6, 2)], check=False).rc == 0


def test_73_a_published_port_of_a_routed_network_answers_by_both_addresses(web, family):
    web.a.serve_tcp(81, "a")
    web.host.module("port_publish", host_port=8080, container_ip=WEB.address(family, 2), container_port=81)
    assert web.lan.ask(HOST_OF[family], 8080).client == NEIGHBOUR_OF[family]
    assert web.lan.ask(WEB.address(family, 2), 81).client == NEIGHBOUR_OF[family]


def test_asked_10_the_users_chain_in_nat_runs_before_ours(web, family):
    masquerade(web, family)
    program = {4: "iptables", 6: "ip6tables"}[family]
    exempt = ["-s", WEB.address(family, 2), "-d", INTERNET_OF[family], "-j", "ACCEPT"]
    web.host.run([program, "-t", "nat", "-A", "HOSTNET-USER-SNAT", *exempt])
    assert web.a.ask(INTERNET_OF[family], 80).client == WEB.address(family, 2)
    masquerade(web, family, exclude=["203.0.113.0/24" if family == 4 else "2001:db8:9::/64"])
    assert web.a.ask(INTERNET_OF[family], 80).client == WEB.address(family, 2)
    assert web.b.ask(INTERNET_OF[family], 80).client == HOST_OF[family]


def test_networks_of_others_are_not_rewritten(web, family):
    for each in FAMILIES:
        masquerade(web, each)
    (c,) = make(web.host, DB, ["c"], masquerade=False, direct_access=True)
    route_at_the_host(web, DB)
    assert c.ask(INTERNET_OF[family], 80).client == DB.address(family, 2)
