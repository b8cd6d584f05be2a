# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers on several networks: routes, tables and rules depend on the interfaces' names and on nothing else."""

from __future__ import annotations

import ipaddress
import itertools

import pytest

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict
from ansible_collections.hostnet.containers.plugins.module_utils.report.diff import diff
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Address, Link
from model.declaring import declare, on, run
from model.memory_host import empty_host

OTHERS = Address(ipaddress.ip_interface("172.17.0.2/16"), ours=False)
NETWORKS = {"web": 20, "db": 30, "log": 40}


def interface(number, dual=True):
    addresses = ["10.%d.0.2/24" % number] + (["fd00:%d::2/64" % number] if dual else [])
    return addresses, ["10.%d.0.1" % number] + (["fd00:%d::1" % number] if dual else [])


def host_with_bridges():
    host = empty_host()
    on(host, "Netns", name="a")
    for name, number in NETWORKS.items():
        on(host, "Bridge", name=name, addresses=["10.%d.0.1/24" % number, "fd00:%d::1/64" % number])
    return host


def connect(host, bridge, peer, dual=True, **options):
    addresses, gateways = interface(NETWORKS[bridge], dual)
    return on(
        host,
        "VethPair",
        netns="a",
        peer=peer,
        bridge=bridge,
        **{"addresses": addresses, "gateways": gateways, **options},
    )


def routes(host):
    found = host.state.namespaces["a"].routes
    return sorted("%s dev %s" % (route, device) for device in found for route in found[device])


def rules(host):
    return [str(rule) for rule in host.state.namespaces["a"].rules]


@pytest.mark.parametrize("peer", ["eth0", "net"])
def test_a_container_on_one_network_has_a_plain_default_route_and_no_rule(peer):
    host = host_with_bridges()
    connect(host, "web", peer)
    assert routes(host) == ["default via 10.20.0.1 dev %s" % peer, "default via fd00:20::1 dev %s" % peer]
    assert rules(host) == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_calls_does_not_matter(order):
    host = host_with_bridges()
    pairs = [("web", "eth0"), ("db", "eth1"), ("log", "eth2")]
    for position in order:
        connect(host, *pairs[position], dual=False)
    assert routes(host) == sorted(
        [
            "default via 10.20.0.1 dev eth0",
            "default via 10.30.0.1 metric 2001 dev eth1",
            "default via 10.40.0.1 metric 2002 dev eth2",
        ]
        + ["default via 10.%d.0.1 table 200%d dev eth%d" % (number, n, n) for n, number in enumerate((20, 30, 40))]
        + ["10.%d.0.0/24 table 200%d dev eth%d" % (number, n, n) for n, number in enumerate((20, 30, 40))]
    )
    assert rules(host) == ["from 10.%d.0.2 lookup 200%d" % (number, n) for n, number in enumerate((20, 30, 40))]


def test_names_without_numbers_take_the_next_free_ones():
    host = host_with_bridges()
    connect(host, "web", "wan", dual=False)
    connect(host, "db", "lan", dual=False)
    assert rules(host) == ["from 10.20.0.2 lookup 2001", "from 10.30.0.2 lookup 2000"]
    assert "default via 10.20.0.1 metric 2001 dev wan" in routes(host)
    on(host, "VethPair", netns="a", peer="lan", state="absent")
    assert routes(host) == ["default via 10.20.0.1 dev wan"]
    assert rules(host) == []


def test_when_the_first_network_goes_the_default_route_of_the_second_stays_as_it_is():
    host = host_with_bridges()
    connect(host, "web", "eth0")
    connect(host, "db", "eth1")
    done = on(host, "VethPair", netns="a", peer="eth0", state="absent")
    assert not [line for line in done.actions if line.startswith("add")]
    assert routes(host) == ["default via 10.30.0.1 metric 2001 dev eth1", "default via fd00:30::1 metric 2001 dev eth1"]
    assert rules(host) == []


@pytest.mark.parametrize(
    ("foreign", "expected"),
    [
        (Link("eth0", kind="veth", up=True, addresses=(OTHERS,)), ["from 10.30.0.2 lookup 2001"]),
        (Link("eth0", kind="veth", up=False, addresses=(OTHERS,)), []),
        (Link("sit0", kind="sit", up=True), []),
    ],
)
def test_an_interface_of_others_counts_if_replies_could_leave_by_it(foreign, expected):
    host = host_with_bridges()
    host.state = host.state.with_namespace(host.state.namespaces["a"].with_link(foreign))
    connect(host, "db", "eth1", dual=False)
    assert rules(host) == expected


def test_an_interface_without_gateway_has_no_table():
    host = host_with_bridges()
    connect(host, "web", "eth0", dual=False)
    connect(host, "db", "eth1", dual=False, gateways=[])
    assert rules(host) == ["from 10.20.0.2 lookup 2000"]


def test_a_default_route_declared_with_a_metric_keeps_it():
    host = host_with_bridges()
    declared = [{"to": "0.0.0.0/0", "via": "10.30.0.1", "metric": 50}]
    connect(host, "web", "eth0", dual=False)
    connect(host, "db", "eth1", dual=False, gateways=[], routes=declared)
    assert "default via 10.30.0.1 metric 50 dev eth1" in routes(host)
    assert not connect(host, "db", "eth1", dual=False, gateways=[], routes=declared).changed


def test_the_same_route_by_two_interfaces_is_refused_and_may_move_from_one_to_the_other():
    host = host_with_bridges()
    to = {"to": "198.51.100.0/24"}
    connect(host, "web", "eth0", routes=[dict(to, via="10.20.0.1")])
    with pytest.raises(Conflict, match="a route to 198.51.100.0/24 with the same metric by way of eth0; give it"):
        connect(host, "db", "eth1", routes=[dict(to, via="10.30.0.1")])
    connect(host, "db", "eth1", routes=[dict(to, via="10.30.0.1", metric=5)])
    pairs = [
        {"peer": "eth1", "routes": [dict(to, via="10.30.0.1")], "bridge": "db", "addresses": ["10.30.0.2/24"]},
        {"peer": "eth0", "routes": [], "bridge": "web", "addresses": ["10.20.0.2/24"]},
    ]
    for pair in pairs:
        pair["netns"] = "a"
    on(host, "VethPair", pairs=pairs)
    assert [line for line in routes(host) if "198" in line] == ["198.51.100.0/24 via 10.30.0.1 dev eth1"]
    assert not on(host, "VethPair", pairs=pairs).changed


def test_new_addresses_bring_their_rules_and_take_the_old_ones():
    host = host_with_bridges()
    connect(host, "web", "eth0", dual=False)
    connect(host, "db", "eth1", dual=False)
    connect(host, "db", "eth1", addresses=["10.30.0.9/24"], gateways=["10.30.0.1"])
    assert rules(host) == ["from 10.20.0.2 lookup 2000", "from 10.30.0.9 lookup 2001"]
    plan = run(host, declare("VethPair", netns="a", peer="eth1", gateways=[]), check=True)
    assert "remove rule from 10.30.0.9 lookup 2001 in namespace a" in plan.actions
    assert diff(plan)["after"]["namespaces"]["a"]["rules"] == ["from 10.20.0.2 lookup 2000"]
