# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Laws that hold for any sequence of declared networks, on a host in memory."""

from __future__ import annotations

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st
from networks_at_random import calls

from ansible_collections.hostnet.containers.plugins.module_utils.declare.module_options import (
    declaration_of,
    module_spec,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError
from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.step_order import difference
from ansible_collections.hostnet.containers.plugins.module_utils.plan.plan import make_plan
from ansible_collections.hostnet.containers.plugins.module_utils.report.diff import diff
from model.memory_host import empty_host

REMOVAL = {"networks": [{"name": "web", "state": "absent"}, {"name": "db", "state": "absent"}]}
SEQUENCES = settings(max_examples=300, deadline=None)


def declared(options):
    params = {**dict.fromkeys(module_spec(Network)), "state": "present", **options}
    return declaration_of(Network, params)


def run(host, options, check=False):
    """Return the plan, performed unless only checked; None where it was refused. A refusal changes nothing."""
    before = host.state
    try:
        plan = make_plan(host.observe(None), declared(options), assume=check)
    except HostnetError:
        assert host.state == before
        return None
    if not check:
        host.perform_all(plan.steps)
    return plan


def lasting(host):
    """What has been reached, without the kernel's numbers and settings of interfaces that are gone."""
    state = host.observe(None)
    bridges = {name: dataclasses.replace(link, mac=None) for name, link in state.links.items()}
    return (
        bridges,
        {name: _without_gone_interfaces(namespace) for name, namespace in state.namespaces.items()},
        state.firewall,
        state.files,
        state.units,
        {key: value for key, value in state.sysctls.items() if ".conf." not in key},
    )


def _without_gone_interfaces(namespace):
    keys = [key for key in namespace.sysctls if ".conf." not in key or key.split(".")[3] in namespace.links]
    return dataclasses.replace(namespace, sysctls={key: namespace.sysctls[key] for key in keys})


@SEQUENCES
@given(st.lists(calls(dns=True), min_size=1, max_size=4))
def test_runs_are_foretold_idempotent_and_undone_by_removal(calls_made):
    host = empty_host()
    first = host.state
    for options in calls_made:
        foretold, done = run(host, options, check=True), run(host, options)
        if done is not None:
            assert (foretold.actions, diff(foretold)) == (done.actions, diff(done))
            assert run(host, options).steps == ()
    run(host, REMOVAL)
    assert (host.state.links, host.state.namespaces, host.state.files, host.state.units) == (first.links, {}, {}, {})
    assert host.state.firewall == first.firewall
    assert {key: host.state.sysctls[key] for key in first.sysctls} == first.sysctls


@SEQUENCES
@given(st.lists(calls(fixed=True, dns=True), max_size=3), calls(fixed=True, dns=True))
def test_where_a_declaration_leads_does_not_depend_on_what_was_there(earlier, last):
    wanted = last.get("networks") or [last]
    named = {item["name"] for item in wanted}
    whole = {"networks": [*wanted, *(item for item in REMOVAL["networks"] if item["name"] not in named)]}
    used, fresh = empty_host(), empty_host()
    for options in earlier:
        run(used, options)
    if run(used, whole) is not None and run(fresh, whole) is not None:
        assert lasting(used) == lasting(fresh)


@SEQUENCES
@given(st.lists(calls(dns=True), max_size=2), calls(dns=True), st.data())
def test_a_plan_can_be_taken_back_from_any_of_its_steps(earlier, last, data):
    host = empty_host()
    for options in earlier:
        run(host, options)
    before = host.observe(None)
    try:
        plan = make_plan(before, declared(last))
    except HostnetError:
        return
    host.perform_all(plan.steps[: data.draw(st.integers(0, len(plan.steps)))])
    host.perform_all(difference(host.observe(None), before))
    now = host.observe(None)
    assert (now.firewall, now.files, now.units) == (before.firewall, before.files, before.units)
    assert (now.links.keys(), now.namespaces.keys()) == (before.links.keys(), before.namespaces.keys())
    assert {name: plain(link) for name, link in now.links.items()} == {
        name: plain(link) for name, link in before.links.items()
    }


def plain(link):
    addresses = tuple(sorted(link.addresses, key=lambda item: str(item.interface)))
    return dataclasses.replace(link, mac=None, addresses=addresses)
