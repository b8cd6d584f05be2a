# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: what a declaration changes on a host, as data."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding
from ansible_collections.hostnet.containers.plugins.module_utils.plan.assumed_networks import with_assumed_networks
from ansible_collections.hostnet.containers.plugins.module_utils.plan.check_mode_assumptions import (
    with_assumed_parts,
)
from ansible_collections.hostnet.containers.plugins.module_utils.plan.consequences import with_consequences
from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.step_order import difference
from ansible_collections.hostnet.containers.plugins.module_utils.plan.resource_registry import declared
from ansible_collections.hostnet.containers.plugins.module_utils.resources.network.network import expanded
from ansible_collections.hostnet.containers.plugins.module_utils.state.host import State


@dataclass(frozen=True)
class Plan:
    """Ordered steps between two states of a host.

    Attributes:
        before: the state that the steps lead from.
        after: the state that the steps lead to.
        steps: the steps, in order.
        observed: the state as it was observed; in check mode `before` may hold more, and networks fewer containers.
    """

    before: State
    after: State
    steps: tuple
    observed: State = None

    @property
    def changed(self):
        """Whether there is anything to do."""
        return bool(self.steps)

    @property
    def actions(self):
        """One readable line for each thing that is done."""
        return [line for step in self.steps for line in step.describe()]


def make_plan(before, declaration, assume=False):
    """Plan a declaration.

    Args:
        before: the observed state of the host.
        declaration: what shall be.
        assume: whether what earlier tasks may have done is taken for granted, as in check mode.

    Raises:
        Conflict, Missing: if the declaration cannot be had on this host.
    """
    observed = before
    if assume:
        before = with_assumed_networks(before, declaration)
    state, parts = expanded(before, declaration)
    if assume:
        before, state = with_assumed_parts(before, parts), with_assumed_parts(state, parts)
    wishes = [item.forward_policy for item in parts.present if isinstance(item, Forwarding) and item.forward_policy]
    wish = "drop" if "drop" in wishes else (wishes or [None])[0]
    after = with_consequences(declared(state, parts), before, wish)
    return Plan(before, after, difference(before, after), observed)
