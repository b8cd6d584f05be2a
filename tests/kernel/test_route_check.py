# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of the host beside subnets: those with an equal or longer prefix take the packets and are refused."""

from __future__ import annotations

import pytest
from talk import pings

SUBNET, SUBNET_6 = "10.20.0.0/24", "fd00:20::/64"
VIA, VIA_6 = "192.0.2.2", "2001:db8:1::2"
CONTAINERS = [{"name": "a"}]
LEFT_ALONE = [
    *("0.0.0.0/1 via %s" % VIA, "128.0.0.0/1 via %s" % VIA, "10.0.0.0/8 via %s" % VIA, "10.0.0.0/8 dev vpn0"),
    *("10.20.0.0/23 via %s" % VIA, "10.20.1.0/24 via %s" % VIA, "fd00::/8 via %s" % VIA_6, "::/1 via %s" % VIA_6),
]
TAKING = [
    *("10.20.0.0/24 via %s" % VIA, "10.20.0.0/24 dev vpn0", "10.20.0.128/25 via %s" % VIA, "10.20.0.2/32 dev vpn0"),
    *("fd00:20::/64 via %s" % VIA_6, "fd00:20::2/128 dev vpn0", "10.20.0.0/24 via %s metric 50" % VIA),
]


def on_the_bridge(module):
    """The options by which a module declares both subnets."""
    if module == "network":
        return {"name": "web", "subnets": [SUBNET, SUBNET_6], "containers": CONTAINERS}
    return {"name": "web", "addresses": ["10.20.0.1/24", "fd00:20::1/64"]}


@pytest.fixture(name="vpn")
def host_with_a_vpn(lab):
    """The host with one more interface; it is remembered without the routes that a test adds."""
    lab.host.run("ip link add vpn0 type veth peer name vpn1")
    lab.host.run("ip link set vpn0 up")
    lab.host.run("ip link set vpn1 up")
    return lab.host


@pytest.mark.parametrize("module", ["bridge", "network"])
@pytest.mark.parametrize("route", LEFT_ALONE)
def test_shorter_prefixes_are_left_alone(vpn, module, route):
    vpn.run("ip route add " + route)
    options = on_the_bridge(module)
    assert vpn.module(module, check=True, **options)["changed"]
    assert vpn.module(module, **options)["changed"]
    assert not vpn.module(module, **options)["changed"]
    if module == "network":
        assert pings(vpn, "10.20.0.2", timeout=2)


@pytest.mark.parametrize("module", ["bridge", "network"])
@pytest.mark.parametrize("route", TAKING)
def test_equal_and_longer_prefixes_are_refused(vpn, module, route):
    vpn.run("ip route add " + route)
    vpn.remember()
    told = vpn.module_fails(module, **on_the_bridge(module))
    assert "overlaps the route to" in told
    assert vpn.module_fails(module, check=True, **on_the_bridge(module)) == told
    assert vpn.leaks() == []


def test_routes_that_come_after_a_network_do_not_hinder_it(vpn):
    options = on_the_bridge("network")
    vpn.module("network", **options)
    for route in LEFT_ALONE:
        vpn.run("ip route add " + route, check=False)
    assert not vpn.module("network", **options)["changed"]
    assert vpn.module("network", **{**options, "icc": False})["changed"]


def test_routes_are_judged_as_they_will_be(host):
    host.module("network", name="web", subnets=["10.20.0.0/24"], containers=CONTAINERS)
    host.run("ip route add 10.40.0.0/24 via 10.20.0.2")
    db = {"name": "db", "subnets": ["10.40.0.0/24"]}
    assert "overlaps the route to 10.40.0.0/24 via 10.20.0.2 by br-web" in host.module_fails("network", **db)
    host.module("network", networks=[db, {"name": "web", "state": "absent"}])
    assert host.module("network_info")["drift"] == []


def test_bridges_swap_their_subnets_in_one_call(host):
    one, two = ["10.20.0.1/24"], ["10.30.0.1/24"]
    host.module("bridge", bridges=[{"name": "a", "addresses": one}, {"name": "b", "addresses": two}])
    swapped = [{"name": "a", "addresses": two}, {"name": "b", "addresses": one}]
    assert host.module("bridge", bridges=swapped)["changed"]
    assert not host.module("bridge", bridges=swapped)["changed"]
    assert "10.30.0.1/24 dev a" in _addresses(host)


def _addresses(host):
    return "".join(
        "%s/%d dev %s\n" % (item["local"], item["prefixlen"], link["ifname"])
        for link in host.run("ip -j -4 address show").json
        for item in link.get("addr_info", ())
    )


def test_link_local_addresses_are_every_bridge_s(host):
    bridges = [{"name": name, "addresses": ["fe80::1/64"]} for name in ("a", "b")]
    assert host.module("bridge", bridges=bridges)["changed"]
    assert not host.module("bridge", bridges=bridges)["changed"]
