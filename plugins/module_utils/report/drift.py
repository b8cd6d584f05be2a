# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a host differs from what is on record, and from what is declared now: the steps that would bring it there,
and of a plan which of its steps are about which network."""

from __future__ import annotations

import re

from ansible_collections.hostnet.containers.plugins.module_utils.declare.declaration import Declaration
from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError, Invalid
from ansible_collections.hostnet.containers.plugins.module_utils.plan.plan import make_plan
from ansible_collections.hostnet.containers.plugins.module_utils.report.by_network import Owners


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


def drift_from(state, declaration, check):
    """For each network what a run of the module `network` with all that is declared would change.

    Args:
        state: the observed host.
        declaration: networks only.
        check: function from a plan that raises a `HostnetError` for what a run would refuse beyond the plan.

    Raises:
        Invalid: the declaration is one that no host could have.
    """
    try:
        plan = make_plan(state, declaration)
        check(plan)
    except Invalid:
        raise
    except HostnetError as error:
        # A run would change nothing at all.
        return [{"network": _named_in(str(error), declaration), "repair": [_impossible(error)]}]
    return [{"network": name, "repair": lines} for name, lines in _grouped(plan, state, declaration)]


def changes(plan, declaration):
    """For each network the lines of a plan that are about it, None for those that are about no single one."""
    return [{"network": name, "actions": lines} for name, lines in _grouped(plan, plan.before, declaration)]


def _grouped(plan, state, declaration):
    found = {}
    for line, names in _by_network(plan, state, declaration):
        for name in names:
            found.setdefault(name, []).append(line)
    return sorted(found.items(), key=lambda item: (item[0] is None, item[0]))


def _by_network(plan, state, declaration):
    """Yield each line of a plan with the names of its networks, [None] if it is about none."""
    if len(declaration.resources) == 1:
        yield from ((line, [declaration.resources[0].name]) for line in plan.actions)
        return
    owners = Owners(plan)
    certain = [(line, owners.network_of(line)) for line in plan.actions]
    alone = _alone(state, declaration) if any(name is None for _line, name in certain) else {}
    for line, owner in certain:
        yield line, [owner] if owner else [name for name, lines in alone.items() if line in lines] or [None]


def _alone(state, declaration):
    """What each declared network would need, were it the only one, such as that the host forwards packets."""
    parts = [Declaration(present=(item,)) for item in declaration.present]
    parts += [Declaration(absent=(item,)) for item in declaration.absent]
    return {part.resources[0].name: set(_repair(state, part)) for part in parts}


def _repair(state, declaration):
    try:
        return make_plan(state, declaration).actions
    except HostnetError as error:
        return [_impossible(error)]


def _impossible(error):
    return "cannot be repaired: %s" % error


def _named_in(message, declaration):
    """The declared network that a message is about, if it names one."""
    names = {item.name for item in declaration.resources}
    return next((word for word in re.findall(r"\bnetwork ([^\s:,;]+)", message) if word in names), None)
