# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a declaration to a changed host: observe once, plan in memory, apply in bulk."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.plan import resource_registry
from ansible_collections.hostnet.containers.plugins.module_utils.plan.apply import apply
from ansible_collections.hostnet.containers.plugins.module_utils.plan.consequences import with_needs
from ansible_collections.hostnet.containers.plugins.module_utils.plan.listener_conflicts import check_listeners
from ansible_collections.hostnet.containers.plugins.module_utils.plan.lock import locked
from ansible_collections.hostnet.containers.plugins.module_utils.plan.plan import make_plan


def run(declaration, host, check=False):
    """Bring a host to what a declaration says.

    Args:
        declaration: the `Declaration`.
        host: an adapter with ``observe``, ``perform_all`` and ``listener``.
        check: only plan.

    Returns:
        Plan: what was, or would be, done.
    """
    needs = with_needs(resource_registry.observation_needs(declaration))
    if check:
        return _planned(declaration, host, needs, True)
    with locked():
        plan = _planned(declaration, host, needs, False)
        if plan.changed:
            apply(plan, host, needs)
        return plan


def _planned(declaration, host, needs, assume):
    plan = make_plan(host.observe(needs), declaration, assume)
    if plan.after.services is not None:
        check_listeners(plan, host)
    return plan
