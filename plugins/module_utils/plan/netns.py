# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces: from the declared to the state of the host."""

from __future__ import annotations

import dataclasses
import functools

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict
from ansible_collections.hostnet.containers.plugins.module_utils.plan.wanted import Wanted
from ansible_collections.hostnet.containers.plugins.module_utils.state.host import Link, Namespace

LOOPBACK = "lo"


def wanted(item):
    """What has to be observed for a declared namespace."""
    sysctls = frozenset((item.name, key) for key, _value in item.sysctls)
    return Wanted(links=True, namespaces=frozenset([item.name]), sysctls=sysctls)


def wanted_for_purge():
    """What has to be observed to find what an owner declared."""
    return Wanted(links=True, owned_namespaces=True)


def present(state, items):
    """Return the host with the declared namespaces."""
    return functools.reduce(_present, items, state)


def absent(state, items):
    """Return the host without these namespaces of ours."""
    return functools.reduce(_absent, items, state)


def _present(state, item):
    found = state.namespaces.get(item.name)
    if found is None or found.debris:
        return state.with_namespace(_new(item))
    if not found.ours:
        raise Conflict(
            "namespace %s exists and was not made by this collection; choose another name, or remove it first "
            "with: ip netns delete %s" % (item.name, item.name)
        )
    if found.attached != item.attached:
        kind = "is attached to" if found.attached else "is not attached to"
        raise Conflict("namespace %s %s somebody else's namespace; remove it first with state: absent" % (item.name, kind))
    if item.attached:
        return state
    loopback = dataclasses.replace(found.links.get(LOOPBACK, Link(LOOPBACK)), up=item.loopback)
    changed = found.with_link(loopback)
    return state.with_namespace(dataclasses.replace(changed, sysctls=dict(found.sysctls, **dict(item.sysctls))))


def _absent(state, item):
    found = state.namespaces.get(item.name)
    if found is None:
        return state
    if not found.ours and not found.debris:
        raise Conflict("namespace %s was not made by this collection and is left alone" % item.name)
    return removed(state, [item.name])


def removed(state, names):
    """Return the host without these namespaces; veth pairs of ours that end in them go, too."""
    for name in names:
        ending = [link.name for link in state.links.values() if link.ours and link.netns == name]
        for link in ending:
            state = state.without_link(link)
        state = state.without_namespace(name)
    return state


def owned(state, owner):
    """Yield the keys of the namespaces that an owner declared."""
    for namespace in state.namespaces.values():
        if namespace.owner == owner:
            yield namespace.name


def _new(item):
    source = None
    if item.attached:
        source = ("pid", item.pid) if item.pid is not None else ("path", item.path)
    links = {} if item.attached else {LOOPBACK: Link(LOOPBACK, up=item.loopback)}
    return Namespace(
        item.name, owner=item.owner, attached=item.attached, source=source, links=links, sysctls=dict(item.sysctls)
    )
