# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a host differs from what was declared: the steps that would bring it back."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.declare.declaration import Declaration
from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError
from ansible_collections.hostnet.containers.plugins.module_utils.plan.plan import make_plan


def drift(state, recorded, whole):
    """For each network on record the steps that would bring it back, and those for rules that belong to no record."""
    found = []
    for name, item in sorted(recorded.items()):
        repair = _repair(state, Declaration(present=(item,)))
        if repair:
            found.append({"network": name, "repair": repair})
    for name, reason in sorted(state.damaged.items()):
        found.append({"network": name, "repair": ["cannot be repaired: %s" % reason]})
    if whole and not found:
        repair = _repair(state, Declaration())
        if repair:
            found.append({"network": None, "repair": repair})
    return found


def _repair(state, declaration):
    try:
        return make_plan(state, declaration).actions
    except HostnetError as error:
        return ["cannot be repaired: %s" % error]
