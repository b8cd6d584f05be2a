# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scenarios 57 to 67 of the catalogue: networks apart, containers apart, networks of their own."""

from __future__ import annotations

import pytest
from networks import DB, FAMILIES, HOST_OF, INTERNET_OF, NEIGHBOUR_OF, WEB, make, publish
from packets import link_local as link_local_of
from packets import mac_of
from talk import PATIENCE, pings, refuses

PROGRAM = {4: "iptables", 6: "ip6tables"}


@pytest.mark.parametrize("internal", [False, True])
def test_57_containers_of_a_network_reach_each_other(lab, internal):
    a, b = make(lab.host, WEB, ["a", "b"], internal=internal, masquerade=not internal)
    for family in FAMILIES:
        assert pings(a, WEB.address(family, 3), timeout=PATIENCE)
        assert pings(b, WEB.address(family, 2), timeout=PATIENCE)
    assert pings(a, link_local_of(mac_of(b)) + "%eth0", timeout=PATIENCE)


@pytest.mark.parametrize("one", [True, False])
@pytest.mark.parametrize("other", [True, False])
def test_58_59_networks_reach_each_other_only_if_neither_is_isolated(lab, family, one, other):
    (a,) = make(lab.host, WEB, ["a"], isolate=one)
    (c,) = make(lab.host, DB, ["c"], isolate=other)
    together = not one and not other
    a.serve_tcp(80, "a")
    c.serve_tcp(80, "c")
    for place, address in ((a, DB.address(family, 2)), (c, WEB.address(family, 2))):
        assert pings(place, address, timeout=PATIENCE if together else 0.25) == together
        assert place.can_reach(address, 80, timeout=1 if together else 0.25) == together
    if not together:
        for table, chain in (("filter", "HOSTNET-FORWARD"), ("raw", "HOSTNET-GUARD")):
            lab.host.run([PROGRAM[family], "-t", table, "-F", chain])
        lab.host.run([PROGRAM[family], "-P", "FORWARD", "ACCEPT"])
        assert pings(a, DB.address(family, 2), timeout=PATIENCE)


def test_58_the_host_and_the_gateways_stay_within_reach(networks, family):
    assert pings(networks.a, WEB.gateway(family), timeout=PATIENCE)
    assert pings(networks.a, HOST_OF[family], timeout=PATIENCE)
    assert pings(networks.host, WEB.address(family, 2), timeout=PATIENCE)
    assert pings(networks.host, DB.address(family, 2), timeout=PATIENCE)


@pytest.mark.parametrize("filtered", [0, 1], ids=["", "bridged packets filtered"])
def test_61_62_containers_that_may_not_talk(lab, family, filtered):
    """With and without `br_netfilter` at work, which is what other tools need for it."""
    for name in ("iptables", "ip6tables"):
        lab.host.run(["sysctl", "-q", "net.bridge.bridge-nf-call-%s=%d" % (name, filtered)])
    a, b = make(lab.host, WEB, ["a", "b"], icc=False)
    (c,) = make(lab.host, DB, ["c"])
    b.serve_tcp(80, "b")
    lab.internet.serve_tcp(80, "outside")
    assert not pings(a, WEB.address(family, 3))
    assert refuses(a, WEB.address(family, 3), 80)
    assert not pings(c, WEB.address(family, 2))
    assert pings(a, WEB.gateway(family), timeout=PATIENCE)
    assert lab.host.can_reach(WEB.address(family, 3), 80)
    assert a.ask(INTERNET_OF[family], 80).client == HOST_OF[family]
    lab.host.module("forwarding", bridge="web", icc=True)
    assert pings(a, WEB.address(family, 3), timeout=PATIENCE)


def test_63_isolated_ports_do_not_reach_each_other_and_each_reaches_the_host(lab, family):
    a, b = make(lab.host, WEB, ["a", "b"], pair={"isolated": True})
    assert not pings(a, WEB.address(family, 3))
    assert pings(a, WEB.gateway(family), timeout=PATIENCE)
    assert pings(b, WEB.gateway(family), timeout=PATIENCE)
    pairs = [{"netns": name, "isolated": False} for name in "ab"]
    done = lab.host.module("veth_pair", bridge="web", pairs=pairs)
    assert len([line for line in done["actions"] if "isolated" in line]) == 2
    assert pings(a, WEB.address(family, 3), timeout=PATIENCE)


def test_asked_13_clients_reach_one_server_and_not_each_other(lab, family):
    """As clients of an access point: the server's port is not isolated."""
    names = ["server", "one", "two"]
    lab.host.module("netns", namespaces=[{"name": name} for name in names])
    lab.host.module("bridge", name="web", addresses=[WEB.interface(each, 1) for each in FAMILIES])
    pairs = [
        {
            "netns": name,
            "addresses": [WEB.interface(each, last) for each in FAMILIES],
            "isolated": name != "server",
        }
        for last, name in enumerate(names, start=2)
    ]
    lab.host.module("veth_pair", bridge="web", pairs=pairs)
    server, one, two = (lab.host.container(name) for name in names)
    server.serve_tcp(80, "server")
    two.serve_tcp(80, "two")
    assert one.ask(WEB.address(family, 2), 80).reply == "server"
    assert two.ask(WEB.address(family, 2), 80).reply == "server"
    assert refuses(one, WEB.address(family, 4), 80)
    lab.host.module("veth_pair", bridge="web", netns="two", isolated=False)
    assert one.ask(WEB.address(family, 4), 80).reply == "two"


def test_65_an_internal_network_reaches_its_host_and_nothing_else(lab, family):
    """Not even with a default route and masquerade, which somebody may have declared."""
    (a,) = make(lab.host, WEB, ["a"], internal=True)
    a.serve_tcp(80, "a")
    lab.internet.serve_tcp(80, "outside")
    assert pings(a, WEB.gateway(family), timeout=PATIENCE)
    assert lab.host.ask(WEB.address(family, 2), 80).reply == "a"
    assert refuses(a, INTERNET_OF[family], 80)
    assert not pings(a, NEIGHBOUR_OF[family])
    publish(lab.host, WEB, 2)
    assert refuses(lab.lan, HOST_OF[family], 8080)
    assert lab.host.ask(HOST_OF[family], 8080).reply == "a"
    lab.host.module("forwarding", bridge="web", internal=False)
    assert a.ask(INTERNET_OF[family], 80).client == HOST_OF[family]
    assert lab.lan.ask(HOST_OF[family], 8080).reply == "a"


def test_66_an_internal_network_alone_rewrites_nothing_and_forwards_nothing(host):
    make(host, WEB, ["a"], internal=True, masquerade=False)
    assert host.run("sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding").stdout.split() == ["0", "0"]
    for program in PROGRAM.values():
        assert "--to-" not in host.run([program + "-save", "-t", "nat"]).stdout
        assert "MASQUERADE" not in host.run([program + "-save", "-t", "nat"]).stdout


def test_67_a_bridge_without_addresses_keeps_the_host_out(lab, family):
    lab.host.module("netns", namespaces=[{"name": "a"}, {"name": "b"}])
    lab.host.module("bridge", name="web")
    pairs = [
        {"netns": name, "addresses": [WEB.interface(each, last) for each in FAMILIES]}
        for last, name in ((2, "a"), (3, "b"))
    ]
    lab.host.module("veth_pair", bridge="web", pairs=pairs)
    assert pings(lab.host.container("a"), WEB.address(family, 3), timeout=PATIENCE)
    assert not pings(lab.host, WEB.address(family, 2))
    assert not pings(lab.host.container("a"), WEB.gateway(family))
