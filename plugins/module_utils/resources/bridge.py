# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges: from the declared to the state of the host."""

from __future__ import annotations

import dataclasses
import functools

from ansible_collections.hostnet.containers.plugins.module_utils.declare.bridge import Bridge
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import (
    BRIDGE,
    INTERFACE,
    PORT,
    born_settings,
    settings_of,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.veth_pair import VethPair
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict, Missing
from ansible_collections.hostnet.containers.plugins.module_utils.resources.bridge_limits import check_port_counts
from ansible_collections.hostnet.containers.plugins.module_utils.resources.container_ports import BRIDGE_WALLS
from ansible_collections.hostnet.containers.plugins.module_utils.resources.ipv6 import check_mtu, ipv6_key, ipv6_switch
from ansible_collections.hostnet.containers.plugins.module_utils.resources.subnet_conflicts import check_subnets
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Link
from ansible_collections.hostnet.containers.plugins.module_utils.state.observation_needs import ObservationNeeds


def observation_needs(item):
    """What has to be observed for a declared bridge."""
    keys = [] if item.name is None else [ipv6_key(item.name)]
    return ObservationNeeds(
        links=True, firewall=True, routes=bool(item.addresses), sysctls=frozenset((None, key) for key in keys)
    )


def purge_needs():
    """What has to be observed to find what an owner declared."""
    return ObservationNeeds(links=True, firewall=True)


def present(state, items):
    """Return the host with the declared bridges."""
    state = functools.reduce(_present, items, state)
    for item in items:
        check_subnets(state, item)
        check_mtu(state.links[item.name], "bridge %s" % item.name)
    check_port_counts(state, [item.name for item in items])
    return state


def absent(state, items):
    """Return the host without these bridges of ours."""
    return functools.reduce(_absent, items, state)


def _present(state, item):
    found = state.links.get(item.name)
    if found is not None:
        check_ours(found, "bridge")
    base = found if found is not None and found.complete else _new(item)
    link = dataclasses.replace(
        base,
        mac=item.mac or base.mac,
        mtu=item.mtu or base.mtu,
        up=item.up,
        settings={**base.settings, **settings_of(item, INTERFACE)},
        bridge={**base.bridge, **settings_of(item, BRIDGE)},
    ).with_addresses(item.addresses)
    for key, value in ipv6_switch(link, item.addresses).items():
        state = state.with_sysctl(key, value)
    return _with_members(state.with_link(link), item)


def _absent(state, item):
    found = state.links.get(item.name)
    if found is None:
        return state
    check_ours(found, "bridge")
    return state.without_link(item.name)


def removed(state, names):
    """Return the host without the bridges of these names."""
    for name in names:
        state = state.without_link(name)
    return state


def handed_over(state, heirs):
    """Return the host where bridges are others'.

    Args:
        state: the host.
        heirs: dict from name to the new owner.
    """
    for name, owner in heirs.items():
        state = state.with_link(dataclasses.replace(state.links[name], owner=owner))
    return state


def owned(state, owner):
    """Yield the keys of the bridges that an owner declared."""
    for link in state.links.values():
        if link.kind == "bridge" and link.owner == owner:
            yield link.name


def check_ours(link, kind):
    """Refuse to touch an interface that is not ours, or is of another kind."""
    if not link.ours:
        raise Conflict(
            "interface %s exists (%s) and was not made by this collection; choose another name, or remove it first "
            "with: ip link delete %s" % (link.name, link.kind or "hardware", link.name)
        )
    if link.kind != kind:
        raise Conflict(
            "interface %s of this collection is a %s and not a %s; choose another name" % (link.name, link.kind, kind)
        )


def born_bridge():
    """The settings of a new bridge of ours."""
    return {**born_settings(Bridge, BRIDGE), **BRIDGE_WALLS}


def _new(item):
    return Link(item.name, kind="bridge", owner=item.owner, bridge=born_bridge())


def _with_members(state, item):
    if item.members is None:
        return state
    for link in list(state.links.values()):
        if link.enslaved and link.master == item.name and link.name not in item.members:
            state = state.with_link(dataclasses.replace(link, master=None, port=None, enslaved=False))
    for name in item.members:
        state = state.with_link(_member(state, item, name))
    return state


def _member(state, item, name):
    link = state.links.get(name)
    if link is None:
        raise Missing(
            "bridge %s: members: there is no interface %s; create it first, or correct the name" % (item.name, name)
        )
    if link.kind == "bridge":
        raise Conflict(
            "bridge %s: members: %s is a bridge, and a bridge cannot be a member of another" % (item.name, name)
        )
    if link.master not in (None, item.name):
        raise Conflict(
            "bridge %s: members: %s already belongs to %s; release it first" % (item.name, name, link.master)
        )
    if link.master == item.name:
        return link
    return dataclasses.replace(link, master=item.name, enslaved=not link.ours, port=born_settings(VethPair, PORT))
