# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks with several subnets of a family: the first declared has the default route and what is published."""

from __future__ import annotations

import pytest
from talk import Connection, Stream, pings

from hosts import lab as addresses

FIRST = {4: "10.21.0", 6: "fd00:21:"}
SECOND = {4: "10.20.0", 6: "fd00:20:"}
HOST = {4: addresses.HOST, 6: addresses.HOST_6}
OUTSIDE = {4: addresses.INTERNET, 6: addresses.INTERNET_6}


def web(*prefixes, family, **options):
    subnets = ["%s.0/24" % item if family == 4 else "%s:/64" % item for item in prefixes]
    container = {"name": "a", "ports": ["8080:80", "5300:5300/udp"]}
    return {"name": "web", "subnets": subnets, "containers": [container], **options}


def default_route(host, family):
    return host.run("ip netns exec a ip -%d -j route show default" % family).json


@pytest.mark.parametrize("family", [4, 6])
def test_the_first_subnet_has_the_default_route_and_what_is_published(lab, family):
    host, options = lab.host, web(FIRST[family], SECOND[family], family=family)
    done = host.module("network", **options)
    first = done["networks"][0]["containers"][0]["addresses"][0].partition("/")[0]
    assert first.startswith(FIRST[family])
    assert [item["container_ip"] for item in host.module("network_info")["ports"]] == [first, first]
    (route,) = default_route(host, family)
    assert route["gateway"].startswith(FIRST[family])
    for _run in range(2):
        assert not host.module("network", **options)["changed"]
        assert default_route(host, family) == [route]
    a = host.container("a")
    a.serve_udp(5300)
    for client in (lab.lan, lab.internet, host):
        assert Stream(client, family, HOST[family], 5300).ask() is not None
    assert pings(a, OUTSIDE[family], timeout=2)


@pytest.mark.parametrize("family", [4, 6])
def test_a_second_subnet_interrupts_nobody(lab, family):
    host = lab.host
    host.module("network", **web(FIRST[family], family=family))
    a = host.container("a")
    inward = Connection(lab.internet, a, family, HOST[family], 8080)
    outward = Connection(a, lab.internet, family, OUTSIDE[family], 80)
    a.serve_udp(5300)
    stream = Stream(lab.lan, family, HOST[family], 5300)
    assert stream.ask() is not None
    for prefixes in ((FIRST[family], SECOND[family]), (FIRST[family],), (FIRST[family], SECOND[family])):
        assert host.module("network", **web(*prefixes, family=family))["changed"]
        assert inward.lives()
        assert outward.lives()
        assert stream.ask() is not None
        assert Stream(lab.lan, family, HOST[family], 5300).ask() is not None
        assert not host.module("network", **web(*prefixes, family=family))["changed"]
    host.module("network", name="web", state="absent")
    assert host.leaks() == []


def test_the_order_of_subnets_is_kept_on_record(host):
    options = web(FIRST[4], SECOND[4], family=4)
    host.module("network", **options)
    assert [item["name"] for item in host.module("network_info")["networks"]] == ["web"]
    assert host.module("network_info")["drift"] == []
    turned = host.module("network", **web(SECOND[4], FIRST[4], family=4))
    assert turned["networks"][0]["subnets"] == ["10.20.0.0/24", "10.21.0.0/24"]
    assert default_route(host, 4)[0]["gateway"] == "10.20.0.1"


def test_a_port_leads_to_the_subnet_with_the_default_route(lab):
    host = lab.host
    host.module("network", **web(FIRST[4], SECOND[4], family=4, gateways=["10.20.0.1"]))
    assert default_route(host, 4)[0]["gateway"] == "10.20.0.1"
    host.container("a").serve_udp(5300)
    assert Stream(lab.lan, 4, HOST[4], 5300).ask() is not None


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("by_cards", [False, True])
def test_networks_that_are_open_to_each_other_keep_their_addresses(lab, family, by_cards):
    host = lab.host
    subnets = {"web": FIRST[family] + (".0/24" if family == 4 else ":/64"), "db": SECOND[family]}
    subnets["db"] += ".0/24" if family == 4 else ":/64"
    containers = {"web": "a", "db": "b"}
    networks = [
        {"name": name, "subnets": [subnets[name]], "isolate": False, "containers": [{"name": containers[name]}]}
        for name in subnets
    ]
    if by_cards:
        for item in networks:
            (container,) = item["containers"]
            bridge, (subnet,) = "br-" + item["name"], item["subnets"]
            prefix, _slash, length = subnet.partition("/")
            prefix = prefix[:-1] if family == 4 else prefix
            host.module("netns", name=container["name"])
            host.module("bridge", name=bridge, addresses=[prefix + "1/" + length])
            host.module("forwarding", bridge=bridge, isolate=False)
            host.module(
                "veth_pair",
                netns=container["name"],
                bridge=bridge,
                addresses=[prefix + "2/" + length],
                gateways=[prefix + "1"],
            )
            host.module("masquerade", source=subnet, bridge=bridge)
    else:
        host.module("network", networks=networks)
        assert not host.module("network", networks=networks)["changed"]
    end = ".2" if family == 4 else ":2"
    a, b = host.container("a"), host.container("b")
    b.serve_tcp(80)
    assert a.ask(SECOND[family] + end, 80).client == FIRST[family] + end
    lab.internet.serve_tcp(80)
    assert a.ask(OUTSIDE[family], 80).client == HOST[family]


def test_an_option_alone_keeps_the_address_that_packets_bear(host):
    both = ["fd00:20::9/64", "10.20.0.9/24", "fd00:20::2/64", "fd00:21::2/64"]
    host.module("bridge", name="web", addresses=["fd00:20::1/64", "10.20.0.1/24"])
    host.module("netns", name="a")
    pair = {"bridge": "web", "netns": "a"}
    host.module("veth_pair", **pair, addresses=both, gateways=["fd00:20::1"])
    (route,) = default_route(host, 6)
    assert route["prefsrc"] == "fd00:20::9"
    assert host.module("veth_pair", **pair, isolated=True)["changed"]
    assert not host.module("veth_pair", **pair, isolated=True)["changed"]
    assert not host.module("veth_pair", **pair, addresses=both)["changed"]
    assert default_route(host, 6) == [route]
    host.module("veth_pair", **pair, addresses=both[1:])
    assert default_route(host, 6)[0]["prefsrc"] == "fd00:20::2"
    assert not host.module("veth_pair", **pair, addresses=both[1:], gateways=["fd00:20::1"])["changed"]
