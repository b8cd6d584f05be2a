# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose the other end of a pair is does not depend on what root in the container made of it."""

from __future__ import annotations

import pytest
from below import namespace_below

# What root in the container does with the other end of its pair.
DEEDS = {
    "renamed": "ip link set eth0 down; ip link set eth0 name x",
    "renamed and replaced": "ip link set eth0 down; ip link set eth0 name x; ip link add eth0 type bridge",
    "in a namespace below": "ip link set eth0 netns {below}",
    "in a namespace below, with another number": ""
    "nsenter -t {below} -n ip link add y index 2 type bridge; ip link set eth0 netns {below}",
    "without a mark": "ip link set eth0 alias other group 0",
    "of another owner": "ip link set eth0 alias hostnet:other; ip link set lo alias hostnet:other",
}


def _tenants(host):
    """Two tenants with a pair each, of which the first has a name that follows from nothing."""
    for tenant, last in (("a", 2), ("b", 3)):
        host.module("bridge", owner=tenant, bridges=[{"name": "br-" + tenant, "addresses": ["10.%d0.0.1/24" % last]}])
        host.module("netns", owner=tenant, namespaces=[{"name": tenant}])
        host.module("veth_pair", owner=tenant, pairs=[_pair(tenant, last)])


def _attacked(host, deed):
    """Do a deed in one of two tenants' containers; returns what the host showed before."""
    _tenants(host)
    before = _seen(host)
    inside = host.container("a")
    inside.run(["sh", "-ec", DEEDS[deed].format(below=namespace_below(inside))])
    return before


def _pair(tenant, last):
    where = {"name": "to-" + tenant, "netns": tenant, "bridge": "br-" + tenant}
    return {**where, "addresses": ["10.%d0.0.2/24" % last]}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_pair_is_removed_whatever_became_of_its_other_end(host, deed):
    before = _attacked(host, deed)
    host.module("veth_pair", owner="b", purge=True, pairs=[_pair("b", 3)])
    host.module("veth_pair", netns="a", peer="eth0", state="absent")
    assert "to-a" not in host.run("ip -o link").stdout
    assert _seen(host) == before


@pytest.mark.parametrize("deed", DEEDS)
def test_a_pair_is_set_right_whatever_became_of_its_other_end(host, deed):
    before = _attacked(host, deed)
    pair = {"owner": "a", "purge": True, "pairs": [_pair("a", 2)]}
    assert host.module("veth_pair", check=True, **pair)["actions"] == host.module("veth_pair", **pair)["actions"] != []
    assert not host.module("veth_pair", **pair)["changed"]
    assert host.container("a").addresses() == ["10.20.0.2/24"]
    assert _seen(host) == before


def test_a_pair_that_pretends_to_be_anothers_takes_nothing_from_it(host):
    """Both ends in one container, with the numbers and marks of a pair of another tenant."""
    _tenants(host)
    before = _seen(host)
    (end,) = host.run("ip -j link show to-b").json
    numbers = (end["ifindex"], end["link_index"])
    for first, second in (numbers, numbers[::-1]):
        words = f"ip link delete eth0; ip link add x index {first} type veth peer name eth0 index {second}; "
        words += "ip link set x alias hostnet:b; ip link set eth0 alias hostnet:b"
        host.container("a").run(["sh", "-c", words], check=False)
        for tenant, last in (("a", 2), ("b", 3)):
            pair = {"owner": tenant, "purge": True, "pairs": [_pair(tenant, last)]}
            host.module("veth_pair", **pair)
            assert not host.module("veth_pair", **pair)["changed"]
        assert _seen(host) == before
        assert host.container("a").addresses() == ["10.20.0.2/24"]


def _seen(host):
    return (
        host.run("ip -n b -o link").stdout
        + host.run("ip -n b -o address").stdout
        + host.run("ip -o link show to-b").stdout
    )
