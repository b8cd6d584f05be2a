# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A container on two networks: which default route counts, and which way its replies go."""

from __future__ import annotations

import json

import pytest
from networks import DB, FAMILIES, HOST_OF, INTERNET_OF, NEIGHBOUR_OF, WEB, make, publish

PROTOCOLS = ("tcp", "udp")


def connect(host, network, peer, **options):
    """Connect container a to a further network, with the address 2 there."""
    return host.module(
        "veth_pair",
        netns="a",
        peer=peer,
        bridge=network.bridge,
        addresses=[network.interface(family, 2) for family in FAMILIES],
        gateways=[network.gateway(family) for family in FAMILIES],
        **options,
    )


@pytest.fixture
def two(lab):
    """Container a on the networks web (eth0) and db (eth1); the host drops packets that come by a wrong interface."""
    host = lab.host
    make(host, DB, [])
    (lab.a,) = make(host, WEB, ["a"])
    connect(host, DB, "eth1")
    for name in ("all", "default", "web", "db", "lan0"):
        host.python(_write, "/proc/sys/net/ipv4/conf/%s/rp_filter" % name, "1")
    lab.a.serve_tcp(80, "a")
    # Of a server of datagrams that listens on every address the replies' source would follow the default route.
    for family in FAMILIES:
        for network in (WEB, DB):
            lab.a.serve_udp(80, "a", address=network.address(family, 2))
    return lab


def _write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def default_routes(place, family):
    found = json.loads(place.run(["ip", "-%d" % family, "-j", "route", "show", "default"]).stdout or "[]")
    return {route["dev"]: route.get("metric", 0) for route in found}


@pytest.fixture(params=FAMILIES, ids=lambda version: "IPv%d" % version)
def version(request):
    """4 or 6."""
    return request.param


@pytest.mark.parametrize("proto", PROTOCOLS)
@pytest.mark.parametrize("network", [WEB, DB], ids=lambda network: network.bridge)
def test_a_port_published_to_either_address_answers_and_sees_the_neighbour(two, version, network, proto):
    publish(two.host, network, 2, families=[version], protocol=proto)
    answer = two.lan.ask(HOST_OF[version], 8080, proto)
    assert (answer.reply, answer.client) == ("a", NEIGHBOUR_OF[version])
    assert answer.server == network.address(version, 2)


def test_without_the_rules_the_second_address_does_not_answer(two, version):
    """What the tests above prove comes from the rules: without them the same packets are lost."""
    publish(two.host, DB, 2, families=[version])
    assert two.lan.can_reach(HOST_OF[version], 8080)
    for number in FAMILIES:
        two.a.run(["ip", "-%d" % number, "rule", "delete", "from", DB.address(number, 2)])
    if version == 4:
        assert not two.lan.can_reach(HOST_OF[version], 8080)
    else:
        # IPv6 has no reverse path filter; the reply comes from the wrong bridge all the same.
        found = two.a.run(["ip", "-6", "-j", "route", "get", NEIGHBOUR_OF[6], "from", DB.address(6, 2)]).json
        assert found[0]["dev"] == "eth0"
    done = connect(two.host, DB, "eth1")
    assert done["actions"] == ["add rule from %s lookup 2001 in namespace a" % DB.address(n, 2) for n in FAMILIES]
    assert two.lan.can_reach(HOST_OF[version], 8080)


def test_each_address_leaves_by_its_own_interface(two, version):
    for network, device in ((WEB, "eth0"), (DB, "eth1")):
        asked = ["ip", "-%d" % version, "-j", "route", "get", INTERNET_OF[version], "from", network.address(version, 2)]
        (found,) = two.a.run(asked).json
        assert (found["dev"], found["gateway"]) == (device, network.gateway(version))


def test_the_first_network_has_the_default_route_and_the_second_takes_over(two, version):
    two.internet.serve_tcp(80, "outside")
    metric = {4: 0, 6: 1024}[version]
    assert default_routes(two.a, version) == {"eth0": metric, "eth1": 2001}
    assert two.a.ask(INTERNET_OF[version], 80).reply == "outside"
    two.host.module("veth_pair", netns="a", peer="eth0", state="absent")
    assert default_routes(two.a, version) == {"eth1": 2001}
    assert two.a.ask(INTERNET_OF[version], 80).reply == "outside"
    rules = two.a.run(["ip", "-%d" % version, "rule", "show"]).stdout
    assert "lookup 200" not in rules
    assert not connect(two.host, DB, "eth1")["changed"]


def test_the_second_takes_over_also_when_somebody_else_takes_the_first_away(two, version):
    two.internet.serve_tcp(80, "outside")
    two.a.run("ip link set eth0 down")
    assert default_routes(two.a, version) == {"eth1": 2001}
    assert two.a.ask(INTERNET_OF[version], 80).reply == "outside"


def test_rules_and_routes_are_marked_as_ours_and_a_second_run_changes_nothing(two):
    for family in FAMILIES:
        rules = two.a.run(["ip", "-%d" % family, "-d", "-j", "rule", "show"]).json
        ours = {rule["src"]: rule for rule in rules if rule.get("protocol") == "104"}
        assert set(ours) == {WEB.address(family, 2), DB.address(family, 2)}
        assert {rule["table"] for rule in ours.values()} == {"2000", "2001"}
        routes = two.a.run(["ip", "-%d" % family, "-d", "-j", "route", "show", "table", "2001", "proto", "104"]).json
        assert sorted(route["dst"] for route in routes) == sorted(["default", DB.subnet(family)])
    for network, peer in ((DB, "eth1"), (WEB, "eth0")):
        again = connect(two.host, network, peer)
        assert (again["changed"], again["diff"]) == (False, {"before": {}, "after": {}})


def test_rules_of_others_stay(two):
    two.a.run("ip rule add from 10.30.0.2 lookup 99 priority 500")
    two.host.module("veth_pair", netns="a", peer="eth1", state="absent")
    assert "500:\tfrom 10.30.0.2 lookup 99" in two.a.run("ip rule show").stdout


def test_check_mode_foretells_and_a_failure_takes_back(two):
    foretold = two.host.module("veth_pair", netns="a", peer="eth0", state="absent", check=True)
    before = two.a.run("ip rule show").stdout
    assert "remove rule from 10.20.0.2 lookup 2000 in namespace a" in foretold["actions"]
    assert two.host.module("veth_pair", netns="a", peer="eth0", state="absent")["actions"] == foretold["actions"]
    connect(two.host, WEB, "eth0")
    assert two.a.run("ip rule show").stdout == before


def test_a_container_on_one_network_has_no_rule(lab):
    (a,) = make(lab.host, WEB, ["a"])
    for family in FAMILIES:
        assert "lookup 200" not in a.run(["ip", "-%d" % family, "rule", "show"]).stdout


def test_a_network_declared_as_a_whole_gives_its_containers_the_same(lab):
    host = lab.host
    networks = [
        {"name": "back", "subnets": ["10.30.0.0/24"]},
        {
            "name": "front",
            "subnets": ["10.20.0.0/24"],
            "containers": [{"name": "a", "networks": ["back"], "ports": ["8080:80"]}],
        },
    ]
    host.module("network", networks=networks)
    assert not host.module("network", networks=networks)["changed"]
    a = host.container("a")
    assert default_routes(a, 4) == {"eth0": 0, "eth1": 2001}
    a.serve_tcp(80, "a")
    assert lab.lan.ask(HOST_OF[4], 8080).client == NEIGHBOUR_OF[4]
    host.module("network", networks=[dict(item, state="absent") for item in networks])
    assert host.leaks() == []


def test_a_container_of_a_runtime_answers_by_its_further_network_too(lab):
    """Its own interface is not ours: it keeps its default route, and replies of ours do not leave by it."""
    host = lab.host
    make(host, DB, [])
    host.run("ip netns add foreign")
    host.run("ip link add docker0 type veth peer name eth0 netns foreign")
    for command in ("address add 172.17.0.2/16 dev eth0", "link set eth0 up", "route add default via 172.17.0.1"):
        host.run("ip -n foreign " + command)
    host.run("ip link set docker0 up")
    host.module("netns", name="a", path="/run/netns/foreign")
    for _again in range(2):
        done = connect(host, DB, "eth1")
    assert (done["changed"], done["actions"]) == (False, [])
    a = host.container("a")
    a.serve_tcp(80, "a")
    publish(host, DB, 2, families=[4])
    assert default_routes(a, 4) == {"eth0": 0, "eth1": 2001}
    assert lab.lan.ask(HOST_OF[4], 8080).client == NEIGHBOUR_OF[4]


def test_a_further_name_for_a_namespace_of_ours_changes_nothing_of_its_pairs(host):
    host.module("netns", name="a")
    pair = {"name": "va", "netns": "a", "addresses": ["10.20.0.2/24"], "anti_spoof": True}
    host.module("veth_pair", **pair)
    before = host.snapshot()
    host.module("netns", name="p", path="/run/netns/a")
    assert not host.module("netns", name="p", path="/run/netns/a")["changed"]
    assert not host.module("veth_pair", **pair)["changed"]
    assert not host.module("veth_pair", **{**pair, "netns": "p"})["changed"]
    assert host.module("netns", name="p", state="absent")["actions"] == ["delete namespace p"]
    assert not host.module("veth_pair", **pair)["changed"]
    assert host.leaks(before) == []
