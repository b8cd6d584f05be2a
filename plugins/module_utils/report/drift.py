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
from ansible_collections.hostnet.containers.plugins.module_utils.resources.network.lost_records import lost_records


def drift(state, recorded, whole):
    """For each network on record the steps that would bring it back, and those for rules that belong to no record.

    All are brought back together, so that what one needs is no fault of another.

    Args:
        state: the observed host.
        recorded: dict from name to `Network`, of those that are told.
        whole: whether what belongs to none is told, too.
    """
    declaration = Declaration(present=tuple(recorded[name] for name in sorted(recorded)))
    try:
        found = _lines_of(make_plan(state, declaration), state, declaration) if recorded or whole else {}
    except HostnetError:
        found = {name: _repair(state, Declaration(present=(item,))) for name, item in recorded.items()}
    unknown = {**state.damaged, **lost_records(state)}
    for name, reason in unknown.items():
        found[name] = ["cannot be repaired: %s" % reason]
    wanted = {*recorded, *unknown, *([None] if whole else [])}
    return [{"network": name, "repair": found[name]} for name in _sorted(found) if name in wanted and found[name]]


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
    found = _lines_of(plan, state, declaration)
    return [{"network": name, "repair": found[name]} for name in _sorted(found)]


def changes(plan, declaration):
    """For each network the lines of a plan that are about it, None for those that are about no single one."""
    found = _lines_of(plan, plan.before, declaration)
    return [{"network": name, "actions": found[name]} for name in _sorted(found)]


def _sorted(names):
    return sorted(names, key=lambda name: (name is None, name))


def _lines_of(plan, state, declaration):
    """The lines of a plan by network; those that are about none by None."""
    found = {}
    lines = list(Owners(plan).lines())
    alone = _alone(state, declaration) if not all(names for _line, names in lines) else {}
    for line, names in lines:
        for name in names or [name for name in alone if line in alone[name]] or [None]:
            found.setdefault(name, []).append(line)
    return found


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
