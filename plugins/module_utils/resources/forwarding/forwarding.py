# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forwarding policies: from the declared to the state of the host."""

from __future__ import annotations

import dataclasses
import functools

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict, Missing
from ansible_collections.hostnet.containers.plugins.module_utils.resources.backed_by_rules import BackedByRules

_POLICIES = BackedByRules("policies")
observation_needs, purge_needs, owned, removed, handed_over = (
    _POLICIES.observation_needs,
    _POLICIES.purge_needs,
    _POLICIES.owned,
    _POLICIES.removed,
    _POLICIES.handed_over,
)


def present(state, items):
    """Return the host with the declared policies."""
    return functools.reduce(_present, items, state)


def absent(state, items):
    """Return the host without these policies of ours."""
    return functools.reduce(_absent, items, state)


def _present(state, item):
    link = state.links.get(item.bridge)
    if link is None:
        raise Missing("forwarding: there is no bridge %s; create it first with the module bridge" % item.bridge)
    if link.kind != "bridge" or not link.ours:
        raise Conflict("forwarding: %s is not a bridge of this collection, and its traffic is left alone" % item.bridge)
    policies = _POLICIES.of(state)
    kept = dataclasses.replace(item, forward_policy=None, host_access=item.host_access_beyond_default)
    return _POLICIES.replaced(state, {**policies, item.bridge: kept})


def _absent(state, item):
    return removed(state, {item.bridge})
