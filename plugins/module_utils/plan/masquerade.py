# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masquerade rules: from the declared to the state of the host."""

from __future__ import annotations

import dataclasses
import functools

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict, Missing
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.services import without
from ansible_collections.hostnet.containers.plugins.module_utils.plan.wanted import Wanted


def wanted(_item):
    """What has to be observed for a declared rule."""
    return Wanted(links=True, firewall=True)


def wanted_for_purge():
    """What has to be observed to find what an owner declared."""
    return Wanted(links=True, firewall=True)


def present(state, items):
    """Return the host with the declared masquerade rules."""
    return functools.reduce(_present, items, state)


def absent(state, items):
    """Return the host without these masquerade rules of ours."""
    return functools.reduce(_absent, items, state)


def _present(state, item):
    rules = state.services.masquerades
    found = rules.get(item.key)
    if found is not None and found.owner != item.owner:
        raise Conflict(
            "masquerade of %s belongs to owner %s; declare it with owner: %s, or remove it there"
            % (item.source, found.owner, found.owner)
        )
    item = dataclasses.replace(item, bridge=_bridge(state, item))
    return state.with_services(state.services.replace(masquerades={**rules, item.key: item}))


def _absent(state, item):
    """With no out_interface given, every rule of the source goes."""
    rules = state.services.masquerades
    keys = {
        key
        for key, found in rules.items()
        if key == item.key or (not item.out_interface and found.source == item.source)
    }
    return state.with_services(state.services.replace(masquerades=without(rules, keys)))


def owned(state, owner):
    """Yield the keys of the rules that an owner declared."""
    for key, item in state.services.masquerades.items():
        if item.owner == owner:
            yield key


def removed(state, keys):
    """Return the host without the rules of these keys."""
    return state.with_services(state.services.replace(masquerades=without(state.services.masquerades, keys)))


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
