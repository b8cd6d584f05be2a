# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in the way of a declaration is judged as it will be after what the same call removes; a host in memory."""

from __future__ import annotations

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from moves_at_random import NAMESPACES, networks, one_call, pairs, ports
from test_network_laws import declared, lasting

from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError
from ansible_collections.hostnet.containers.plugins.module_utils.plan.plan import make_plan
from model.declaring import declare, on
from model.memory_host import empty_host


def run(host, options):
    """Return the plan, performed; None where it was refused."""
    try:
        plan = make_plan(host.observe(None), declared(options))
    except HostnetError:
        return None
    host.perform_all(plan.steps)
    return plan


def unordered(reached):
    """Addresses of several families or subnets may be on an interface in any order."""
    links, namespaces, *others = reached
    inside = {name: sorted(map(_line, namespace.links.values())) for name, namespace in namespaces.items()}
    rest = {name: (item.owner, item.routes, item.rules, item.sysctls) for name, item in namespaces.items()}
    return sorted(map(_line, links.values())), inside, rest, others


def _line(link):
    addresses = sorted(str(item.interface) for item in link.addresses)
    return str(
        (link.name, link.owner, link.mac, link.mtu, link.master, link.netns, link.peer, link.anti_spoof, addresses)
    )


@pytest.mark.wide
@examples(100)
@given(networks(), networks())
def test_from_one_declaration_to_another_in_one_call_a_host_becomes_what_an_empty_one_does(first, second):
    used, fresh = empty_host(), empty_host()
    if not first or not second or run(fresh, one_call(second)) is None or run(used, one_call(first)) is None:
        return
    assert run(used, one_call(second, first)) is not None
    assert unordered(lasting(used)) == unordered(lasting(fresh))
    assert run(used, one_call(second)).steps == ()


def ready():
    """A host with two bridges and namespaces."""
    host = empty_host()
    for name in NAMESPACES[:2]:
        on(host, "Netns", name=name)
    for name, address in (("one", "10.20.0.1/24"), ("two", "10.30.0.1/24")):
        on(host, "Bridge", name=name, addresses=[address])
    return host


@pytest.mark.wide
@pytest.mark.parametrize(("kind", "option", "lists"), [("VethPair", "pairs", pairs), ("PortPublish", "ports", ports)])
@examples(60)
@given(data=st.data())
def test_so_it_does_by_the_lists_of_a_card_module(kind, option, lists, data):
    used, fresh = ready(), ready()
    first, second = data.draw(lists()), data.draw(lists())
    on(used, kind, purge=True, **{option: first})
    for host in (used, fresh):
        on(host, kind, purge=True, **{option: second})
    assert unordered(lasting(used)) == unordered(lasting(fresh))
    assert make_plan(used.observe(None), declare(kind, purge=True, **{option: second})).steps == ()


def test_two_host_ends_swap_their_names():
    host = ready()
    there = [{"name": "v%d" % number, "netns": netns} for number, netns in ((1, "a"), (2, "b"))]
    on(host, "VethPair", pairs=there)
    swapped = [dict(item, name=other["name"]) for item, other in zip(there, reversed(there))]
    on(host, "VethPair", pairs=swapped)
    assert {link.name: link.netns for link in host.state.links.values() if link.kind == "veth"} == {
        "v1": "b",
        "v2": "a",
    }


def test_addresses_of_a_network_that_goes_are_free():
    host, web = empty_host(), {"subnets": ["10.20.0.0/24"], "bridge": "br-one"}
    run(host, one_call([{**web, "name": "web", "containers": [{"name": "a"}]}]))
    run(host, {"networks": [{**web, "name": "app", "containers": [{"name": "b"}]}, {"name": "web", "state": "absent"}]})
    assert [str(item.interface) for item in host.state.namespaces["b"].links["eth0"].addresses] == ["10.20.0.2/24"]
