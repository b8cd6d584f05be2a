# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in the way of a declaration is judged as it will be after what the same call removes."""

from __future__ import annotations

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from interruption import killed_at
from moves_at_random import networks, one_call
from pictures import whole

from hosts import Host, module_run, snapshot
from hosts.child import ChildFailed


def call(module, options):
    """Run a module in this process; return why it was refused, or None."""
    result = module_run.run(module, options, False, False)
    return result["msg"] if result.get("failed") else None


def pictured(calls):
    """Make calls of the module network; return what is there then, or why the last one was refused."""
    said = [call("network", options) for options in calls]
    again = module_run.run("network", calls[-1], False, False)
    return said[-1] or (["a second run does %s" % again["actions"]] if again["changed"] else whole())


@pytest.mark.wide
@examples(12)
@given(networks(), networks(), st.integers(1, 150))
def test_from_one_declaration_to_another_in_one_call_a_host_becomes_what_an_empty_one_does(first, second, moment):
    calls = [one_call(first), one_call(second, first)]
    if not first or not second:
        return
    with Host() as fresh:
        alone = fresh.python(pictured, calls[1:])
    with Host() as used:
        moved = used.python(pictured, calls)
    assert type(alone) is type(moved), (alone, moved)
    if isinstance(alone, str):
        return
    assert snapshot.differences(alone, moved) == []
    with Host() as interrupted:
        try:
            interrupted.python(call, "network", calls[0])
            interrupted.python(killed_at, moment, [("network", calls[1])])
        except ChildFailed as death:
            assert "wait status 9" in str(death)
        assert snapshot.differences(alone, interrupted.python(pictured, calls[1:])) == []


A = {"name": "a", "addresses": ["10.20.0.9"], "ports": ["8080:80"]}
WEB, DB = {"name": "web", "subnets": ["10.20.0.0/24"]}, {"name": "db", "subnets": ["10.30.0.0/24"]}


def inode(host, name):
    return host.run(["stat", "-L", "-c", "%i", "/run/netns/" + name]).stdout


def test_a_renamed_network_takes_over_subnet_ports_and_containers(lab):
    host = lab.host
    host.module("network", **WEB, containers=[A])
    inside = host.container("a")
    inside.serve_tcp(80, "still there")
    before = inode(host, "a")
    renamed = [{**WEB, "name": "app", "containers": [A]}, {"name": "web", "state": "absent"}]
    foretold = host.module("network", networks=renamed, check=True)["actions"]
    assert host.module("network", networks=renamed)["actions"] == foretold
    assert not host.module("network", networks=renamed)["changed"]
    assert inode(host, "a") == before
    assert lab.lan.ask("192.0.2.1", 8080).reply == "still there"
    assert host.module("network_info")["drift"] == []
    host.module("network", name="app", state="absent")
    assert host.leaks() == []


def test_a_container_that_moved_to_another_network_is_left_alone_by_the_former_one(host):
    host.module("network", networks=[{**WEB, "containers": [A]}, DB])
    moved = dict(A, addresses=["10.30.0.9"])
    done = host.module("network", networks=[WEB | {"containers": []}, {**DB, "containers": [moved]}])
    assert "set owner of namespace a: web -> db" in done["actions"]
    for options in (WEB | {"containers": []}, {"name": "web", "state": "absent"}):
        host.module("network", **options)
    assert host.container("a").addresses() == ["10.30.0.9/24"]
    assert not host.module("network", **DB, containers=[moved])["changed"]
    host.module("network", name="db", state="absent")
    assert host.leaks() == []


def test_what_is_not_removed_by_the_same_call_is_in_the_way(host):
    host.module("network", **WEB, containers=[A])
    message = host.module_fails("network", name="app", subnets=["10.40.0.0/24"], containers=[dict(A, netns="b")])
    assert "10.20.0.9" in message
    message = host.module_fails("network", **dict(DB, containers=[{"name": "b", "ports": ["8080:80"]}]))
    assert "already published by owner web" in message


@pytest.mark.parametrize("by", ["name", "peer"])
def test_interfaces_swap_their_names(host, by):
    host.module("netns", namespaces=[{"name": "a"}, {"name": "b"}])
    ends = [{"netns": "a", "peer": "eth0", "name": "v1"}, {"netns": "a", "peer": "eth1", "name": "v2"}]
    ends = [dict(end, addresses=["10.20.%d.2/24" % number]) for number, end in enumerate(ends)]
    host.module("veth_pair", pairs=ends)
    swapped = [dict(end, **{by: other[by]}) for end, other in zip(ends, reversed(ends))]
    host.module("veth_pair", pairs=swapped)
    assert not host.module("veth_pair", pairs=swapped)["changed"]
    for end in swapped:
        assert host.container("a").addresses(end["peer"]) == end["addresses"]
    found = host.module("veth_pair", pairs=swapped, check=True)["pairs"]
    assert sorted((item["name"], item["peer"]) for item in found) == sorted((i["name"], i["peer"]) for i in swapped)
