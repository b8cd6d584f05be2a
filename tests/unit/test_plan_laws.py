# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Laws that hold for any sequence of declarations, on a host in memory."""

from __future__ import annotations

import ipaddress

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError
from ansible_collections.hostnet.containers.plugins.module_utils.report.diff import diff
from model.declaring import declare, run
from model.memory_host import empty_host

SUBNETS = {"web": "10.20.0.0/24", "db": "10.30.0.0/24", "six": "fd00:40::/64"}
NAMESPACES = ("a", "b", "c")
OWNERS = ("default", "team")


def some(*values):
    return st.one_of(st.none(), st.sampled_from(values))


def address_in(subnet, number):
    network = ipaddress.ip_network(subnet)
    return "%s/%d" % (network[number], network.prefixlen)


@st.composite
def namespaces(draw):
    return "Netns", {
        "name": draw(st.sampled_from(NAMESPACES)),
        "loopback": draw(some(True, False)),
        "sysctls": draw(some({"net.ipv4.ip_forward": 1}, {"net.ipv4.ip_forward": 0})),
    }


@st.composite
def bridges(draw):
    name = draw(st.sampled_from(sorted(SUBNETS)))
    numbers = draw(st.lists(st.sampled_from([1, 254]), max_size=2, unique=True))
    return "Bridge", {
        "name": name,
        "addresses": [address_in(SUBNETS[name], number) for number in numbers],
        "mtu": draw(some(1400, 9000)),
        "stp": draw(some(True, False)),
        "up": draw(some(True, False)),
    }


@st.composite
def pairs(draw):
    bridge = draw(st.sampled_from(sorted(SUBNETS)))
    number = draw(st.sampled_from([2, 3]))
    network = ipaddress.ip_network(SUBNETS[bridge])
    return "VethPair", {
        "name": draw(some("veth-x")),
        "netns": draw(st.sampled_from(NAMESPACES)),
        "peer": draw(some("eth0", "eth1")),
        "bridge": bridge,
        "addresses": [address_in(SUBNETS[bridge], number)],
        "gateways": draw(some([str(network[1])], [])),
        "routes": draw(
            some([{"to": "198.51.100.0/24" if network.version == 4 else "2001:db8::/64", "via": str(network[1])}], [])
        ),
        "hairpin": draw(some(True, False)),
        "isolated": draw(some(True, False)),
    }


@st.composite
def masquerades(draw):
    bridge = draw(st.sampled_from(sorted(SUBNETS)))
    version = ipaddress.ip_network(SUBNETS[bridge]).version
    return "Masquerade", {
        "source": SUBNETS[bridge],
        "out_interface": draw(some("uplink")),
        "exclude": draw(some(["198.51.100.0/24" if version == 4 else "2001:db8::/64"])),
        "random_fully": draw(some(True)),
    }


@st.composite
def ports(draw):
    bridge = draw(st.sampled_from(sorted(SUBNETS)))
    network = ipaddress.ip_network(SUBNETS[bridge])
    first = draw(st.integers(1, 40))
    count = draw(st.integers(0, 3))
    target = draw(st.integers(1, 40))
    host_ip = draw(some("192.0.2.1" if network.version == 4 else "2001:db8::1"))
    return "PortPublish", {
        "host_port": "%d-%d" % (first, first + count),
        "container_port": "%d-%d" % (target, target + count),
        "container_ip": str(network[draw(st.integers(2, 3))]),
        "protocol": draw(some("tcp", "udp", "sctp")),
        "host_ip": host_ip,
        "hairpin": draw(some(True, False)),
        "loopback": draw(some("route_localnet", "proxy", "none")),
        "allowed_sources": draw(
            some(["198.51.100.0/24", "192.0.2.0/24"] if network.version == 4 else ["2001:db8::/64"])
        ),
    }


@st.composite
def policies(draw):
    internal = draw(st.booleans())
    return "Forwarding", {
        "bridge": draw(st.sampled_from(sorted(SUBNETS))),
        "isolate": draw(some(True, False)),
        "internal": internal,
        "icc": draw(some(True, False)),
        "direct_access": False if internal else draw(some(True, False)),
        "forward_policy": draw(some("keep", "drop")),
    }


RESOURCES = st.one_of(namespaces(), bridges(), pairs(), masquerades(), ports(), policies())
CALLS = st.tuples(RESOURCES, st.sampled_from(["present", "present", "present", "absent"]), st.sampled_from(OWNERS))
# Everything that later calls can build on, so that random calls are not refused for want of a bridge.
GROUND = [("Netns", {"name": name}) for name in NAMESPACES] + [
    ("Bridge", {"name": name, "addresses": [address_in(subnet, 1)]}) for name, subnet in SUBNETS.items()
]


def ground():
    host = empty_host()
    for kind, options in GROUND:
        run(host, declare(kind, **options))
    return host


def routing(state):
    return {
        name: ({device: routes for device, routes in item.routes.items() if routes}, item.rules)
        for name, item in state.namespaces.items()
    }


def attempt(host, call, **options):
    """Run a call; return its plan, or None if it was refused. A refused call changes nothing."""
    (kind, given_options), state, owner = call
    before = host.state
    try:
        return run(host, declare(kind, state=state, owner=owner, **given_options), **options)
    except HostnetError:
        assert host.state == before
        return None


@settings(max_examples=150, deadline=None)
@given(st.lists(CALLS, max_size=12))
def test_what_was_applied_needs_no_second_run(calls):
    host = ground()
    for call in calls:
        if attempt(host, call) is not None:
            again = attempt(host, call)
            assert again.steps == (), again.actions
            assert diff(again) == {"before": {}, "after": {}}


@settings(max_examples=150, deadline=None)
@given(st.lists(CALLS, max_size=12))
def test_check_mode_foretells_the_run(calls):
    host = ground()
    for call in calls:
        foretold = attempt(host, call, check=True)
        done = attempt(host, call)
        if done is not None:
            assert foretold.actions == done.actions
            assert diff(foretold) == diff(done)


@settings(max_examples=150, deadline=None)
@given(st.lists(CALLS, max_size=12))
def test_the_state_foreseen_is_the_state_reached(calls):
    host = ground()
    for call in calls:
        plan = attempt(host, call)
        if plan is not None:
            reached = host.observe(None)
            assert reached.services.replace(subnets={}) == plan.after.services.replace(subnets={})
            assert reached.firewall == plan.after.firewall
            assert set(reached.links) == set(plan.after.links)
            assert set(reached.namespaces) == set(plan.after.namespaces)
            assert routing(reached) == routing(plan.after)
            assert reached.units == plan.after.units


@settings(max_examples=100, deadline=None)
@given(st.lists(CALLS, max_size=12))
def test_purging_everything_leaves_nothing(calls):
    host = empty_host()
    first = host.state
    for kind, options in GROUND:
        run(host, declare(kind, **options))
    for call in calls:
        attempt(host, call)
    lists = (
        ("PortPublish", "ports"),
        ("Masquerade", "rules"),
        ("Forwarding", "bridges"),
        ("VethPair", "pairs"),
        ("Netns", "namespaces"),
    )
    for kind, name in (*lists, ("Bridge", "bridges")):
        for owner in OWNERS:
            run(host, declare(kind, owner=owner, purge=True, **{name: []}))
    left = host.state
    assert left.links == first.links
    assert left.units == {}
    assert left.namespaces == {}
    assert all(not list(tables.rules_of_ours()) for tables in left.firewall.values())
    for family in (4, 6):
        for name in ("raw", "nat", "filter"):
            assert left.firewall[family].table(name) == first.firewall[family].table(name)
    assert {key: left.sysctls[key] for key in first.sysctls} == first.sysctls


@settings(max_examples=100, deadline=None)
@given(st.lists(CALLS, max_size=8), CALLS)
def test_a_plan_taken_back_restores_what_was(calls, call):
    from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.step_order import difference

    host = ground()
    for earlier in calls:
        attempt(host, earlier)
    before = host.observe(None)
    if attempt(host, call) is not None:
        host.perform_all(difference(host.observe(None), before))
        now = host.observe(None)
        assert now.firewall == before.firewall
        assert now.services == before.services
        assert now.namespaces.keys() == before.namespaces.keys()
        assert now.links.keys() == before.links.keys()
        assert now.units == before.units


def test_a_bridge_that_lost_its_addresses_settles_in_one_run():
    host = ground()
    run(host, declare("Forwarding", bridge="db", internal=True))
    run(host, declare("Bridge", name="db", addresses=[]))
    policy = declare("Forwarding", bridge="db", internal=False)
    assert run(host, policy).changed
    assert run(host, policy).steps == ()
