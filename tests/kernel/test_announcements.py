# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another hardware address for an address that neighbours know: they are told, and keep talking.

Without that they would send to the former one until they doubt it, which takes the kernel half a minute and more.
"""

from __future__ import annotations

import time

import pytest
from networks import DB, FAMILIES, WEB, make, pair

MAC, OTHER_MAC = "02:00:00:00:05:01", "02:00:00:00:05:02"
LAN = 200
# The kernel believes no second hardware address within a second.
LOCK_TIME = 1.1


@pytest.fixture
def joined(lab):
    """Containers a and b on the bridge web, to which the LAN's neighbour has a wire of its own."""
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"])
    lab.host.run(
        ["ip", "link", "add", "port0", "up", "type", "veth", "peer", "name", "eth9", "netns", str(lab.lan.pid)]
    )
    lab.host.module("bridge", name="web", members=["port0"])
    lab.lan.run("ip link set eth9 up")
    for family in FAMILIES:
        lab.lan.run(["ip", "address", "add", WEB.interface(family, LAN), "dev", "eth9", *(["nodad"] * (family == 6))])
    for place in (lab.a, lab.b, lab.host):
        place.serve_tcp(80)
    return lab


def talk(places, number):
    """Who of some places gets no answer from an address of the bridge's subnets, by family."""
    return {
        (place, family)
        for place, found in places.items()
        for family in FAMILIES
        if not found.can_reach(WEB.address(family, number), 80)
    }


def test_another_mac_of_a_container_is_told_to_host_siblings_and_lan(joined):
    places = {"host": joined.host, "sibling": joined.b, "lan": joined.lan}
    assert talk(places, 2) == set()
    time.sleep(LOCK_TIME)
    joined.host.module("veth_pair", **pair("a", 2, mac=MAC))
    assert talk(places, 2) == set()
    assert MAC in joined.a.run("ip link show eth0").stdout


def test_another_mac_of_a_bridge_is_told_to_containers_and_lan(joined):
    places = {"a": joined.a, "b": joined.b, "lan": joined.lan}
    assert talk(places, 1) == set()
    time.sleep(LOCK_TIME)
    joined.host.module("bridge", name="web", mac=MAC)
    assert talk(places, 1) == set()


@pytest.mark.parametrize("new", [False, True], ids=["one that is there", "a new one"])
def test_an_address_that_moves_to_another_container_is_found_there(joined, new):
    host = joined.host
    host.module("netns", name="c")
    c = host.container("c")
    host.module("veth_pair", **pair("a", 2, mac=MAC))
    if not new:
        host.module("veth_pair", **pair("c", 4, mac=OTHER_MAC))
    places = {"host": host, "sibling": joined.b, "lan": joined.lan}
    assert talk(places, 2) == set()
    time.sleep(LOCK_TIME)
    host.module("veth_pair", pairs=[pair("a", 5, mac=MAC), pair("c", 2, mac=OTHER_MAC)])
    c.serve_tcp(80, "c")
    assert talk(places, 2) == set()


def test_after_a_network_was_renamed_its_containers_and_the_host_find_each_other(host):
    old = {"name": "old", "subnets": [DB.subnet(4), DB.subnet(6)], "containers": [{"name": "x"}, {"name": "y"}]}
    host.module("network", **old)
    x, y = (host.container(name) for name in "xy")
    for place in (x, y, host):
        place.serve_tcp(80)
    asked = [(place, DB.address(family, number)) for place, number in ((x, 1), (y, 1), (x, 3)) for family in FAMILIES]
    assert all(place.can_reach(address, 80) for place, address in asked)
    time.sleep(LOCK_TIME)
    host.module("network", networks=[{**old, "name": "new"}, {"name": "old", "state": "absent"}])
    assert [address for place, address in asked if not place.can_reach(address, 80)] == []
