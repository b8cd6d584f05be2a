# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every change of a rule that decided flows decides exactly those anew: TCP and UDP, before, across and after it."""

from __future__ import annotations

import errno
import socket

import pytest
from flows import Both, Datagrams, Stream
from networks import DB, FAMILIES, HOST_OF, INTERNET_OF, NEIGHBOUR_OF, WEB, make, publish, route_at_the_host
from talk import open_in

SECOND = {4: "192.0.2.9", 6: "2001:db8:1::9"}


@pytest.fixture
def web(lab):
    """Two containers on a bridge, without masquerade, whose addresses the LAN and the internet know."""
    places = make(lab.host, WEB, ["a", "b"], masquerade=False)
    route_at_the_host(lab, WEB, DB)
    return places


def masquerade(lab, **options):
    """Masquerade of both families."""
    return lab.host.module("masquerade", rules=[{"source": WEB.subnet(family), **options} for family in FAMILIES])


def outward(lab, place, family):
    """Flows from a container to the internet."""
    return Both(place, lab.internet, family, INTERNET_OF[family])


@pytest.mark.parametrize("family", FAMILIES)
def test_masquerade_comes_and_goes(lab, web, family):
    a, b = web
    datagrams = Datagrams(a, lab.internet, family, INTERNET_OF[family], 80)
    stream = Stream(a, lab.internet, family, INTERNET_OF[family], 80)
    within = Both(b, a, family, WEB.address(family, 2))
    assert datagrams.source() == stream.source() == WEB.address(family, 2)
    masquerade(lab)
    assert datagrams.source() == HOST_OF[family]
    assert stream.ended(), "answers to the container's own address are not let in any more"
    later = Stream(a, lab.internet, family, INTERNET_OF[family], 80)
    assert later.source() == HOST_OF[family]
    assert datagrams.lives()
    masquerade(lab, state="absent")
    assert datagrams.source() == WEB.address(family, 2)
    assert later.ended()
    assert within.lives()


@pytest.mark.parametrize("family", FAMILIES)
def test_masquerade_leaves_a_connection_be_whose_answers_may_come_in(lab, web, family):
    a, _b = web
    lab.host.module("forwarding", bridge="web", direct_access=True)
    flows = outward(lab, a, family)
    masquerade(lab)
    assert flows.udp.source() == HOST_OF[family]
    assert flows.tcp.lives()


def test_a_connection_that_was_not_answered_begins_anew(lab):
    (a,) = make(lab.host, WEB, ["a"], masquerade=False)
    with open_in(lab.internet, 4, socket.SOCK_STREAM) as listening, open_in(a, 4, socket.SOCK_STREAM) as client:
        listening.bind(("0.0.0.0", 80))
        listening.listen()
        listening.settimeout(4)
        client.setblocking(False)
        assert client.connect_ex((INTERNET_OF[4], 80)) == errno.EINPROGRESS
        masquerade(lab)
        assert listening.accept()[1][0] == HOST_OF[4]


@pytest.mark.parametrize("family", FAMILIES)
def test_masquerade_under_another_address(lab, web, family):
    a, _b = web
    lab.host.run(["ip", "address", "add", "%s/32" % SECOND[4], "dev", "lan0"])
    # Deprecated, so that masquerade does not choose it by itself.
    lab.host.run(["ip", "address", "add", "%s/128" % SECOND[6], "dev", "lan0", "nodad", "preferred_lft", "0"])
    masquerade(lab)
    flows = outward(lab, a, family)
    rules = [{"source": WEB.subnet(number), "to_source": SECOND[number]} for number in FAMILIES]
    lab.host.module("masquerade", rules=rules)
    assert flows.udp.source() == SECOND[family]
    assert flows.tcp.ended()
    flows = outward(lab, a, family)
    lab.host.module("masquerade", rules=[dict(rule, random_fully=True) for rule in rules])
    assert flows.lives()
    masquerade(lab)
    assert flows.udp.source() == HOST_OF[family]
    assert flows.tcp.ended()


@pytest.mark.parametrize("family", FAMILIES)
def test_an_excluded_destination(lab, web, family):
    a, _b = web
    masquerade(lab)
    flows, witness = outward(lab, a, family), Both(a, lab.lan, family, NEIGHBOUR_OF[family], 81, 81)
    excluded = [
        {"source": WEB.subnet(number), "exclude": ["%s/%d" % (INTERNET_OF[number], 32 if number == 4 else 128)]}
        for number in FAMILIES
    ]
    lab.host.module("masquerade", rules=excluded)
    assert flows.udp.source() == WEB.address(family, 2)
    assert flows.tcp.ended()
    masquerade(lab)
    assert flows.udp.source() == HOST_OF[family]
    assert witness.lives()


@pytest.mark.parametrize("family", FAMILIES)
def test_masquerade_on_one_way_out_leaves_the_others_alone(lab, web, family):
    a, _b = web
    make(lab.host, DB, ["c"], masquerade=False, isolate=False)
    lab.host.module("forwarding", bridge="web", isolate=False)
    flows, witness = outward(lab, a, family), Both(a, lab.host.container("c"), family, DB.address(family, 2))
    rules = [{"source": WEB.subnet(number), "out_interface": "lan0"} for number in FAMILIES]
    lab.host.module("masquerade", rules=rules)
    assert flows.udp.source() == HOST_OF[family]
    flows.close()
    flows = outward(lab, a, family)
    lab.host.module(
        "masquerade", rules=[dict(rule, to_source=HOST_OF[number]) for number, rule in zip(FAMILIES, rules)]
    )
    assert flows.lives()
    assert witness.lives()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_port_is_published_and_withdrawn(lab, web, family):
    a, b = web
    masquerade(lab)
    publish(lab.host, WEB, 3, 9090, 81)
    witness = Stream(lab.lan, b, family, HOST_OF[family], 9090, 81)
    datagrams = Datagrams(lab.lan, a, family, HOST_OF[family], 80)
    assert not datagrams.lives()
    publish(lab.host, WEB, 2, 80)
    publish(lab.host, WEB, 2, 80, protocol="udp")
    assert datagrams.lives()
    datagrams.close()
    flows = Both(lab.lan, a, family, HOST_OF[family])
    outside = outward(lab, a, family)
    publish(lab.host, WEB, 2, 80, state="absent")
    publish(lab.host, WEB, 2, 80, protocol="udp", state="absent")
    assert flows.ended()
    assert witness.lives()
    assert outside.lives()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_port_leads_elsewhere(lab, web, family):
    a, b = web
    masquerade(lab)
    for protocol in ("tcp", "udp"):
        publish(lab.host, WEB, 2, 80, protocol=protocol)
    flows = Both(lab.lan, a, family, HOST_OF[family])
    elsewhere = Datagrams(lab.internet, b, family, HOST_OF[family], 80)
    elsewhere.client.sendto(b"x", elsewhere.target)
    for protocol in ("tcp", "udp"):
        publish(lab.host, WEB, 3, 80, protocol=protocol)
    assert flows.ended()
    assert elsewhere.lives()
    assert Stream(lab.lan, b, family, HOST_OF[family], 80).lives()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_port_is_for_fewer_and_for_more(lab, web, family):
    a, b = web
    masquerade(lab)
    allowed = {"allowed_sources": ["%s/%d" % (NEIGHBOUR_OF[family], 32 if family == 4 else 128)], "families": (family,)}
    for protocol in ("tcp", "udp"):
        publish(lab.host, WEB, 2, 80, protocol=protocol, families=(family,))
    flows, witness = Both(lab.internet, a, family, HOST_OF[family]), Stream(lab.lan, a, family, HOST_OF[family], 80)
    for protocol in ("tcp", "udp"):
        publish(lab.host, WEB, 2, 80, protocol=protocol, **allowed)
    assert flows.ended()
    assert witness.lives()
    for protocol in ("tcp", "udp"):
        publish(lab.host, WEB, 2, 80, protocol=protocol, families=(family,))
    assert flows.udp.lives()
    assert witness.lives()


# For each option of a policy: who begins the flows, and the value that lets them pass and the one that does not.
POLICIES = {
    "direct_access": ("lan", True, False),
    "isolate": ("c", False, True),
    "internal": ("lan", False, True),
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("option", POLICIES)
def test_a_policy_is_tightened_and_loosened(lab, web, option, family):
    a, b = web
    begins, loose, tight = POLICIES[option]
    policy = {"bridge": "web", "direct_access": option == "internal"}
    make(lab.host, DB, ["c"], isolate=False)
    lab.host.module("forwarding", **{**policy, option: loose})
    client = lab.lan if begins == "lan" else lab.host.container("c")
    flows = Both(client, a, family, WEB.address(family, 2))
    witness = Both(b, a, family, WEB.address(family, 2), 81, 81)
    others = Both(lab.host.container("c"), lab.lan, family, NEIGHBOUR_OF[family], 82, 82)
    lab.host.module("forwarding", **{**policy, "direct_access": False, option: tight})
    assert flows.ended()
    assert witness.lives()
    assert others.lives()
    flows.close()
    lab.host.module("forwarding", **{**policy, option: loose})
    assert Both(client, a, family, WEB.address(family, 2)).lives()
    assert others.lives()


@pytest.mark.parametrize("family", FAMILIES)
def test_flows_outward_end_when_a_network_is_made_internal(lab, web, family):
    a, _b = web
    masquerade(lab)
    flows = outward(lab, a, family)
    lab.host.module("forwarding", bridge="web", internal=True)
    assert flows.ended()
    lab.host.module("forwarding", bridge="web")
    assert flows.udp.source() == HOST_OF[family]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_network_moves_to_another_subnet(lab, family):
    """Addresses that are kept, in the other family, keep their flows."""
    other = 10 - family
    network = {"name": "web", "containers": [{"name": "a", "ports": ["90:80", "90:80/udp"]}]}
    lab.host.module("network", subnets=[WEB.subnet(4), WEB.subnet(6)], **network)
    a = lab.host.container("a")
    flows, kept = outward(lab, a, family), Stream(a, lab.internet, other, INTERNET_OF[other], 81, 81)
    published = Datagrams(lab.lan, a, family, HOST_OF[family], 90, 82)
    assert not published.lives()
    lab.host.module("network", subnets=[DB.subnet(family), WEB.subnet(other)], **network)
    assert tracked(lab, WEB.address(family, 2)) == []
    assert kept.lives()
    flows.close()
    published.close()
    assert Datagrams(lab.lan, a, family, HOST_OF[family], 90).lives()


def tracked(lab, address):
    """The tracked connections that an address began."""
    lines = [
        line
        for family in ("ipv4", "ipv6")
        for line in lab.host.run(["conntrack", "-L", "-f", family]).stdout.splitlines()
    ]
    return [line for line in lines if " src=%s " % address in line]


FLUSHES = {
    "nftables": ["nft flush ruleset"],
    "nat": ["iptables -t nat -F", "ip6tables -t nat -F"],
    "all tables": [
        *("%s -P FORWARD ACCEPT" % name for name in ("iptables", "ip6tables")),
        *("%s -t %s -F" % (name, table) for name in ("iptables", "ip6tables") for table in ("nat", "filter", "raw")),
    ],
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("flush", FLUSHES)
def test_after_a_flush(lab, web, flush, family):
    a, b = web
    masquerade(lab)
    publish(lab.host, WEB, 3, 90, 80)
    before = outward(lab, a, family)
    published = Stream(lab.lan, b, family, HOST_OF[family], 90)
    if lab.host.iptables == "legacy" and flush == "nftables":
        return
    for command in FLUSHES[flush]:
        lab.host.run(command)
    datagrams = Datagrams(b, lab.internet, family, INTERNET_OF[family], 81, 81)
    assert datagrams.source() == WEB.address(family, 3)
    if flush != "nat":
        entered = Datagrams(lab.lan, a, family, WEB.address(family, 2), 82, 82)
        assert entered.lives()
    make(lab.host, WEB, ["a", "b"])
    publish(lab.host, WEB, 3, 90, 80)
    assert datagrams.source() == HOST_OF[family]
    assert before.udp.source() == HOST_OF[family]
    assert before.lives()
    assert published.lives()
    assert flush == "nat" or not entered.lives()
