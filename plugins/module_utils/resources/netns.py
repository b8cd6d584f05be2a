# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces: from the declared to the state of the host."""

from __future__ import annotations

import dataclasses
import functools

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict, Missing
from ansible_collections.hostnet.containers.plugins.module_utils.resources.in_the_way import with_loopback
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Link
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import LOOPBACK, Namespace
from ansible_collections.hostnet.containers.plugins.module_utils.state.observation_needs import ObservationNeeds
from ansible_collections.hostnet.containers.plugins.module_utils.state.setting import with_settings


def observation_needs(item):
    """What has to be observed for a declared namespace."""
    sysctls = frozenset((item.name, key) for key, _value in item.sysctls)
    sources = frozenset([item.source]) if item.source else frozenset()
    return ObservationNeeds(links=True, namespaces=frozenset([item.name]), sysctls=sysctls, sources=sources)


def purge_needs():
    """What has to be observed to find what an owner declared."""
    return ObservationNeeds(links=True, owned_namespaces=True)


def present(state, items):
    """Return the host with the declared namespaces."""
    return functools.reduce(_present, items, state)


def absent(state, items):
    """Return the host without these namespaces of ours."""
    return functools.reduce(_absent, items, state)


def _present(state, item):
    found = state.namespaces.get(item.name)
    if found is not None and found.claimed and item.source is None:
        found = dataclasses.replace(found, owner=item.owner, claimed=False)
    if item.borrowed and found is not None and not found.debris and (found.attached or not found.ours):
        return state.with_namespace(_with_sysctls(found, item))
    if found is not None and not found.ours and not found.debris:
        raise Conflict(
            "namespace %s exists and was not made by this collection; choose another name, or remove it first "
            "with: ip netns delete %s" % (item.name, item.name)
        )
    if item.source is not None:
        return _attached(state, item, found)
    if found is None or found.debris:
        return state.with_namespace(_settled(Namespace(item.name, owner=item.owner), item))
    if found.attached:
        raise Conflict(
            "namespace %s is attached to somebody else's namespace; remove it first with state: absent" % item.name
        )
    state = with_loopback(state.with_namespace(found), item.name)
    return state.with_namespace(_settled(state.namespaces[item.name], item))


def _attached(state, item, found):
    there = state.sources.get(item.source)
    if there is None:
        raise Missing(
            "netns %s: %s %s has no network namespace; start the process first, or correct the option"
            % (item.name, *item.source)
        )
    if there.inode == state.inode:
        raise Conflict(
            "netns %s: %s %s is in the host's own network namespace, which no container can have; give a process or a "
            "file with a namespace of its own" % (item.name, *item.source)
        )
    if found is not None and found.ours and not found.attached:
        raise Conflict(
            "namespace %s was made by this collection and is in use; remove it first with state: absent" % item.name
        )
    if found is not None and found.inode == there.inode:
        return state.with_namespace(_settled(found, item))
    named = dataclasses.replace(there, name=item.name, owner=item.owner, attached=True, source=item.source)
    return removed(state, [item.name]).with_namespace(_settled(named, item))


def _settled(namespace, item):
    """The namespace with its loopback interface and its settings as declared."""
    loopback = dataclasses.replace(namespace.links.get(LOOPBACK, Link(LOOPBACK)), up=item.loopback)
    if namespace.made_here:
        loopback = dataclasses.replace(loopback, owner=namespace.owner, marked=True)
        lacks = () if item.loopback else namespace.loopback_lacks
        namespace = dataclasses.replace(namespace, loopback_lacks=lacks)
    return _with_sysctls(namespace.with_link(loopback), item)


def _with_sysctls(namespace, item):
    return dataclasses.replace(namespace, sysctls=with_settings(namespace.sysctls, dict(item.sysctls)))


def _absent(state, item):
    found = state.namespaces.get(item.name)
    if found is None:
        return state
    if found.claimed:
        raise Conflict(
            "only lo in namespace %s says that this collection made it, which root inside can write; declare it once "
            "more, which takes it over, or remove it with: ip netns delete %s" % (item.name, item.name)
        )
    if not found.ours and not found.debris:
        raise Conflict("namespace %s was not made by this collection and is left alone" % item.name)
    return removed(state, [item.name])


def removed(state, names):
    """Return the host without these namespaces; veth pairs of ours that end in them go, too."""
    for name in names:
        ending = [] if _has_another_name(state, name) else _ending_in(state, name)
        for link in ending:
            state = state.without_link(link)
        state = state.without_namespace(name)
    return state


def handed_over(state, heirs):
    """Return the host where namespaces are others'; what runs in them is not disturbed.

    Args:
        state: the host.
        heirs: dict from name to the new owner.
    """
    for name, owner in heirs.items():
        state = state.with_namespace(state.namespaces[name].of_owner(owner))
    return state


def _ending_in(state, name):
    return [link.name for link in state.links.values() if link.ours and link.netns == name]


def _has_another_name(state, name):
    """Whether only a further name goes, and the pairs stay with the namespace under the other."""
    found = state.namespaces.get(name)
    if found is None or not found.attached:
        return False
    return any(other.inode == found.inode for key, other in state.namespaces.items() if key != name)


def owned(state, owner):
    """Yield the keys of the namespaces that an owner declared."""
    for namespace in state.namespaces.values():
        if namespace.owner == owner:
            yield namespace.name
