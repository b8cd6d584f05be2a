# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a declaration to a changed host: observe once, plan in memory, apply in bulk."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.plan import resource_registry
from ansible_collections.hostnet.containers.plugins.module_utils.plan.apply import apply
from ansible_collections.hostnet.containers.plugins.module_utils.plan.consequences import with_needs
from ansible_collections.hostnet.containers.plugins.module_utils.plan.listener_conflicts import check_listeners
from ansible_collections.hostnet.containers.plugins.module_utils.plan.lock import locked
from ansible_collections.hostnet.containers.plugins.module_utils.plan.plan import make_plan
from ansible_collections.hostnet.containers.plugins.module_utils.resources.network.recorded import (
    leans_on_record,
    with_kept,
)
from ansible_collections.hostnet.containers.plugins.module_utils.state.observation_needs import ObservationNeeds
from ansible_collections.hostnet.containers.plugins.module_utils.steps.connections import RedecideFlows


def run(declaration, host, check=False):
    """Bring a host to what a declaration says.

    Args:
        declaration: the `Declaration`, or a function without arguments that returns it, called when the turn has come:
            what it reads then is what runs before this one have left.
        host: an adapter with ``observe``, ``perform_all``, ``listener``, ``foresee``, ``seen`` and
            ``remove_unfinished``.
        check: only plan.

    Returns:
        Plan: what was, or would be, done.
    """
    if check:
        return _told(_planned(declaration, host, needs_of(declaration, host), True), host.foresee)
    with locked():
        host.remove_unfinished()
        if callable(declaration):
            declaration = declaration()
        needs = needs_of(declaration, host)
        plan = _planned(declaration, host, needs, False)
        if plan.changed:
            apply(plan, host, needs)
        return _told(plan, host.seen)


def needs_of(declaration, host):
    """What has to be observed; for containers that stay as they are on record, the record says it."""
    if any(map(leans_on_record, declaration.present)):
        networks = host.observe(ObservationNeeds(files=True)).networks
        kept = [with_kept(item, networks.get(item.name)) for item in declaration.present if leans_on_record(item)]
        declaration = dataclasses.replace(declaration, present=(*declaration.present, *kept))
    return with_needs(resource_registry.observation_needs(declaration))


def _planned(declaration, host, needs, assume):
    plan = make_plan(host.observe(needs), declaration, assume)
    check_on_host(plan, host)
    return plan


def check_on_host(plan, host):
    """Refuse a plan for what only running processes of the host tell. Raises Conflict."""
    if plan.after.services is not None:
        check_listeners(plan, host)


def _told(plan, look):
    """What becomes of the flows that there are is told by whoever looks at them: in check mode, or while it is done."""
    steps = (step.with_seen(look(step)) if isinstance(step, RedecideFlows) else step for step in plan.steps)
    return dataclasses.replace(plan, steps=tuple(steps))
