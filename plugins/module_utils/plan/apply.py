# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying out a plan, and taking it back if a step fails."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError, SystemFailure
from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.step_order import difference
from ansible_collections.hostnet.containers.plugins.module_utils.plan.way_back import way_back


def apply(plan, host, needs):
    """Perform the steps of a plan; if one fails, restore what was there before.

    Args:
        plan: the `Plan`.
        host: an adapter with ``perform_all(steps)`` and ``observe(needs)``.
        needs: what the plan was made from; the same is observed to undo it.

    Raises:
        SystemFailure: the step that failed, and whether what had been done was taken back.
    """
    try:
        host.perform_all(plan.steps)
    except BaseException as error:
        _take_back(plan, host, needs, error)
        raise


def _take_back(plan, host, needs, cause):
    """Observing anew finds also what a step left half-made."""
    try:
        now = host.observe(needs)
        host.perform_all(difference(now, way_back(now, plan), clearing=False))
    except HostnetError as error:
        raise SystemFailure("%s; and taking back what had been done failed, too: %s" % (cause, error)) from cause
