# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masquerade rules: from the declared to the state of the host."""

from __future__ import annotations

import dataclasses
import functools

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict, Missing
from ansible_collections.hostnet.containers.plugins.module_utils.resources.backed_by_rules import BackedByRules

_RULES = BackedByRules("masquerades")
observation_needs, purge_needs, owned, removed, handed_over = (
    _RULES.observation_needs,
    _RULES.purge_needs,
    _RULES.owned,
    _RULES.removed,
    _RULES.handed_over,
)


def present(state, items):
    """Return the host with the declared masquerade rules."""
    return functools.reduce(_present, items, state)


def absent(state, items):
    """Return the host without these masquerade rules of ours."""
    return functools.reduce(_absent, items, state)


def _present(state, item):
    rules = _RULES.of(state)
    found = rules.get(item.key)
    if found is not None and found.owner != item.owner:
        raise Conflict(
            "masquerade of %s belongs to owner %s; declare it with owner: %s, or remove it there"
            % (item.source, found.owner, found.owner)
        )
    item = dataclasses.replace(item, bridge=_bridge(state, item))
    return _RULES.replaced(state, {**rules, item.key: item})


def _absent(state, item):
    """With no out_interface given, every rule of the source goes."""
    keys = {
        key
        for key, found in _RULES.of(state).items()
        if key == item.key or (not item.out_interface and found.source == item.source)
    }
    return removed(state, keys)


def _bridge(state, item):
    if item.bridge is not None:
        if item.bridge not in state.links:
            raise Missing(
                "masquerade of %s: there is no bridge %s; create it first with the module bridge"
                % (item.source, item.bridge)
            )
        return item.bridge
    if item.out_interface is not None:
        return None
    for link in state.links.values():
        if (
            link.kind == "bridge"
            and link.ours
            and any(address.interface.network == item.source for address in link.addresses)
        ):
            return link.name
    return None
