# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scenarios 74 to 105 of the catalogue: what a container and its bridge look like, and how that changes in place."""

from __future__ import annotations

import time

import pytest
from networks import DB, FAMILIES, HOST_OF, INTERNET_OF, WEB, make, pair, publish
from packets import mac_of
from talk import PATIENCE, Connection, pings


def interfaces(place):
    """Names of the interfaces of a place in the order of their numbers, without lo."""
    return [link["ifname"] for link in place.run("ip -j link").json if link["ifname"] != "lo"]


def routes(place, family, to="default"):
    """Routes to a destination: (gateway, metric) of each."""
    listed = place.run(["ip", "-%d" % family, "-j", "route", "show", to]).json
    return [(route.get("gateway"), route.get("metric", 0)) for route in listed]


@pytest.fixture
def bare(host):
    """A host with two bridges and an empty namespace `a`, which is returned too."""
    host.module("netns", name="a")
    bridges = [
        {"name": network.bridge, "addresses": [network.interface(family, 1) for family in FAMILIES]}
        for network in (WEB, DB)
    ]
    host.module("bridge", bridges=bridges)
    host.a = host.container("a")
    return host


def test_74_a_simple_container_has_what_it_needs(bare):
    bare.module("veth_pair", **pair(gateways=[WEB.gateway(family) for family in FAMILIES]))
    links = {link["ifname"]: link for link in bare.a.run("ip -j link").json}
    assert {name: "UP" in link["flags"] for name, link in links.items()} == {"lo": True, "eth0": True}
    assert links["eth0"]["address"] == "02:42:0a:14:00:02"
    assert mac_of(bare, "web") != mac_of(bare, interfaces(bare)[-1]) != links["eth0"]["address"]
    assert bare.a.addresses() == [WEB.interface(family, 2) for family in FAMILIES]
    for family in FAMILIES:
        assert pings(bare, WEB.address(family, 2), timeout=PATIENCE)
        assert routes(bare.a, family)[0][0] == WEB.gateway(family)


def test_74_the_bridge_keeps_its_hardware_address_when_ports_come_and_go(bare):
    before = mac_of(bare, "web")
    bare.module("veth_pair", **pair(mac="02:00:00:00:00:01"))
    assert mac_of(bare, "web") == before
    bare.module("veth_pair", **pair(state="absent"))
    assert mac_of(bare, "web") == before


def test_75_a_declared_hardware_address_is_used_and_changed_in_place(bare):
    bare.module("veth_pair", **pair(mac="02:00:00:00:00:07"))
    index = bare.a.run("ip -j link show eth0").json[0]["ifindex"]
    assert mac_of(bare.a) == "02:00:00:00:00:07"
    bare.module("veth_pair", **pair(mac="02:00:00:00:00:08"))
    assert mac_of(bare.a) == "02:00:00:00:00:08"
    assert bare.a.run("ip -j link show eth0").json[0]["ifindex"] == index
    bare.module("bridge", name="web", mac="02:00:00:00:00:09")
    assert mac_of(bare, "web") == "02:00:00:00:00:09"


def test_77_asked_09_the_host_end_has_the_declared_or_a_predictable_name(bare):
    bare.module("veth_pair", **pair(name="to-a"))
    assert bare.run("ip -j link show to-a").json[0]["master"] == "web"
    bare.module("veth_pair", **pair(name="to-a", state="absent"))
    assert "to-a" not in interfaces(bare)
    names = []
    for _time in range(2):
        bare.module("veth_pair", **pair())
        names += [name for name in interfaces(bare) if name.startswith("veth")]
        bare.module("veth_pair", **pair(state="absent"))
    assert names[0] == names[1]
    bare.run("ip link add to-a type veth peer name far")
    before = bare.snapshot()
    assert "interface to-a exists" in bare.module_fails("veth_pair", **pair(name="to-a"))
    assert bare.leaks(before) == []


def test_78_an_interface_of_that_name_in_a_namespace_of_others_is_a_clear_error(bare):
    bare.run("ip netns add theirs")
    bare.run("ip -n theirs link add eth0 type veth peer name far")
    before = bare.snapshot()
    assert "namespace theirs already has an interface eth0" in bare.module_fails("veth_pair", **pair(netns="theirs"))
    assert bare.leaks(before) == []


@pytest.mark.parametrize("order", [("web", "db"), ("db", "web")])
def test_79_interfaces_come_in_the_order_of_the_list(bare, order):
    networks = {"web": WEB, "db": DB}
    bare.module("veth_pair", pairs=[pair(network=networks[name], peer=name) for name in order])
    assert interfaces(bare.a) == list(order)


def test_81_82_83_static_routes_and_metrics_of_both_families(bare, family):
    far = {4: "198.51.100.0/24", 6: "2001:db8:2::/64"}
    default = {4: "0.0.0.0/0", 6: "::/0"}
    declared = [
        {"to": far[family], "via": WEB.gateway(family), "metric": 50},
        {"to": default[family], "via": WEB.gateway(family), "metric": 200},
    ]
    bare.module("veth_pair", **pair())
    assert routes(bare.a, family) == []
    bare.module("veth_pair", **pair(routes=declared[:1]))
    assert routes(bare.a, family, far[family]) == [(WEB.gateway(family), 50)]
    bare.module("veth_pair", **pair(routes=declared))
    assert routes(bare.a, family) == [(WEB.gateway(family), 200)]
    assert not bare.module("veth_pair", **pair(routes=declared))["changed"]
    bare.module("veth_pair", **pair(routes=[]))
    assert routes(bare.a, family) == routes(bare.a, family, far[family]) == []


def test_85_the_default_route_moves_to_another_network(lab, family):
    (a,) = make(lab.host, WEB, ["a"])
    make(lab.host, DB, [])
    lab.internet.serve_tcp(80, "outside")
    gateways = {network: [network.gateway(each) for each in FAMILIES] for network in (WEB, DB)}
    lab.host.module("veth_pair", **pair(network=DB, peer="eth1"))
    assert routes(a, family)[0][0] == WEB.gateway(family)
    both = [pair(gateways=[]), pair(network=DB, peer="eth1", gateways=gateways[DB])]
    lab.host.module("veth_pair", pairs=both)
    assert [gateway for gateway, _metric in routes(a, family)] == [DB.gateway(family)]
    assert a.ask(INTERNET_OF[family], 80).client == HOST_OF[family]
    lab.host.module("veth_pair", **pair(network=DB, peer="eth1", state="absent"))
    lab.host.module("veth_pair", **pair(gateways=gateways[WEB]))
    assert a.ask(INTERNET_OF[family], 80).client == HOST_OF[family]


def test_86_asked_08_a_subnet_changes_in_place_and_connections_of_others_live_on(lab, family):
    """A second container, and a third one that gets IPv6 later, keep theirs."""
    a, b = make(lab.host, WEB, ["a", "b"])
    (c,) = make(lab.host, DB, ["c"], families=(4,))
    publish(lab.host, DB, 2, 8082, 81, families=[4])
    publish(lab.host, WEB, 3, 8081, 81)
    kept = Connection(lab.lan, c, 4, HOST_OF[4], 8082, served=81)
    sibling = Connection(lab.lan, b, family, HOST_OF[family], 8081, served=81)
    wider = {4: "10.20.0.1/16", 6: "fd00:20::1/48"}
    addresses = [wider[each] if each == family else WEB.interface(each, 1) for each in FAMILIES]
    done = lab.host.module("bridge", name="web", addresses=addresses)
    assert not [line for line in done["actions"] if "create" in line or "delete" in line]
    assert sibling.lives()
    lab.host.module("bridge", name="db", addresses=[DB.interface(each, 1) for each in FAMILIES])
    lab.host.module("veth_pair", **pair("c", network=DB, gateways=[DB.gateway(each) for each in FAMILIES]))
    assert pings(c, DB.gateway(6), timeout=PATIENCE)
    assert kept.lives()
    new = {4: "10.20.5.2/16", 6: "fd00:20:0:5::2/48"}[family]
    gateway = WEB.gateway(family)
    lab.host.module("veth_pair", bridge="web", netns="a", addresses=[new], gateways=[gateway], mac=mac_of(a))
    assert pings(lab.host, new.split("/")[0], timeout=PATIENCE)
    assert a.addresses() == [new]
    assert sibling.lives()
    assert kept.lives()
    sibling.close()
    kept.close()


def test_89_a_setting_that_is_right_may_be_read_only_and_a_wrong_one_is_an_error_that_names_it(host):
    host.module("netns", name="a", sysctls={"net.ipv4.conf.all.rp_filter": "2"})
    host.run("mount -o bind,ro /proc/sys /proc/sys")
    assert not host.module("netns", name="a", sysctls={"net.ipv4.conf.all.rp_filter": "2"})["changed"]
    message = host.module_fails("netns", name="a", sysctls={"net.ipv4.conf.all.rp_filter": "1"})
    assert "rp_filter" in message
    assert "Traceback" not in message


def test_90_settings_of_one_interface(bare):
    key = "net.ipv4.conf.eth0.arp_notify"
    bare.module("veth_pair", **pair(sysctls={key: "1"}))
    assert bare.a.run(["sysctl", "-n", key]).stdout.strip() == "1"
    assert not bare.module("veth_pair", **pair(sysctls={key: "1"}))["changed"]
    bare.module("veth_pair", **pair(sysctls={key: "0"}))
    assert bare.a.run(["sysctl", "-n", key]).stdout.strip() == "0"


def test_91_neighbours_learn_of_a_container_that_comes_back_with_another_hardware_address(host, family):
    """Were it not announced, they would go on sending to the old one: shown by making the second change by hand."""
    a, b = make(host, WEB, ["a", "b"])
    assert pings(b, WEB.address(family, 2), timeout=PATIENCE)

    def remembered():
        listed = b.run("ip -j neigh").json
        return [entry.get("lladdr") for entry in listed if entry["dst"] == WEB.address(family, 2)]

    host.module("veth_pair", **pair(state="absent"))
    host.module("veth_pair", **pair(mac="02:00:00:00:00:08"))
    end = time.monotonic() + 1
    while time.monotonic() < end and remembered() != ["02:00:00:00:00:08"]:
        time.sleep(0.02)
    assert remembered() == ["02:00:00:00:00:08"]
    a.run("ip link set eth0 address 02:00:00:00:00:09")
    assert remembered() == ["02:00:00:00:00:08"]


def test_98_a_container_without_addresses(bare):
    bare.module("veth_pair", netns="a", bridge="web")
    assert interfaces(bare.a) == ["eth0"]
    assert bare.a.addresses() == []
    assert routes(bare.a, 4) == routes(bare.a, 6) == []


def test_101_105_addresses_that_clash_are_errors_and_change_nothing(bare, family):
    bare.module("veth_pair", **pair())
    bare.module("netns", name="b")
    before = bare.snapshot()
    for last in (1, 2):
        message = bare.module_fails("veth_pair", **pair("b", last))
        assert str(WEB.address(family, last)) in message or str(WEB.address(10 - family, last)) in message
    inside = {4: "10.20.0.129/25", 6: "fd00:20::8000:1/112"}[family]
    assert "overlaps" in bare.module_fails("bridge", name="new", addresses=[inside])
    assert bare.leaks(before) == []
