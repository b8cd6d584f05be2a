# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state of a host as the user would declare it, for diffs and return values."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.bridge import Bridge
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import (
    BRIDGE,
    INTERFACE,
    PORT,
    setting_names,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.plain_values import plain
from ansible_collections.hostnet.containers.plugins.module_utils.declare.veth_pair import VethPair
from ansible_collections.hostnet.containers.plugins.module_utils.resources.container_ports import BRIDGE_WALLS, WALLS
from ansible_collections.hostnet.containers.plugins.module_utils.state.bridge_table import guard
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Link


def as_declared(value):
    """Turn a value of the state into plain ones, bridges and veth pairs with the options that a user declares."""
    if isinstance(value, VethPairEnds):
        return _pair(value)
    if isinstance(value, Link) and value.kind == "bridge":
        return _bridge(value)
    return plain(value)


def addresses_of(link):
    """Return the declared addresses of an interface as text."""
    return [str(item.interface) for item in link.addresses if item.ours]


def _bridge(link):
    shown = {"addresses": addresses_of(link), "mtu": link.mtu, "mac": link.mac, "up": link.up}
    shown.update(_settings(link, Bridge))
    shown.update(_otherwise(link.bridge, BRIDGE_WALLS))
    return {name: value for name, value in shown.items() if value is not None}


@dataclasses.dataclass(frozen=True)
class VethPairEnds:
    """Both ends of a veth pair; `peer` is None where it was not looked at, or is not in its place."""

    link: Link
    peer: Link
    routes: tuple


def pair_of(link, state):
    """Return both ends of a veth pair as one value."""
    namespace = state.namespaces.get(link.netns)
    if namespace is None or link.displaced is not None:
        return VethPairEnds(link, None, ())
    return VethPairEnds(link, namespace.links.get(link.peer), namespace.routes.get(link.peer, ()))


def pair_settings(link):
    """Return those options of a veth pair that its host end tells and that belong to no single address or route.

    What every port of a container has is told only where it is otherwise.
    """
    shown = {**_settings(link, VethPair), **plain(link.shaping), **_otherwise(link.port, WALLS)}
    if link.anti_spoof is not None:
        shown["anti_spoof"] = link.anti_spoof.intact
        shown["allowed_addresses"] = [str(item) for item in link.anti_spoof.allowed]
    return shown


def _otherwise(settings, usual):
    settings = settings or {}
    return {name: settings[name] for name in usual if settings.get(name) not in (None, usual[name])}


def _settings(link, resource_class):
    """Return the settings of a link that can be declared for it."""
    held = {INTERFACE: link.settings, BRIDGE: link.bridge or {}, PORT: link.port or {}}
    return {
        name: values[name]
        for kind, values in held.items()
        for name in setting_names(resource_class, kind)
        if name in values
    }


def _pair(view):
    link, peer = view.link, view.peer
    shown = {"netns": link.netns, "peer": link.peer, "bridge": link.master, "mtu": link.mtu, "up": link.up}
    shown.update(pair_settings(link))
    shown["declared"] = sorted(link.chosen)
    if peer is not None:
        shown.update(_differing(link, peer))
        shown["mac"] = peer.mac
        shown["addresses"] = addresses_of(peer)
        if link.anti_spoof is not None and not _fits(link.anti_spoof, peer):
            shown["guard"] = str(link.anti_spoof)
        main = [route for route in view.routes if route.table is None]
        shown["gateways"] = [str(route.via) for route in main if route.to.prefixlen == 0]
        shown["routes"] = [str(route) for route in main if route.to.prefixlen != 0]
    return {name: value for name, value in shown.items() if value not in (None, [])}


def _fits(guarded, peer):
    """Whether a guard is for what its container has, as a guard of ours is unless something changed."""
    own = guard(guarded.mac, [item.interface.ip for item in peer.addresses if item.ours])
    return (own.mac, own.addresses) == (peer.mac, guarded.addresses)


def _differing(link, peer):
    """What both ends should have in common and do not, so that a change of one end alone shows in a diff."""
    at_host, at_peer = ({"mtu": end.mtu, "up": end.up, **end.settings} for end in (link, peer))
    shown = ["mtu", "up", *setting_names(VethPair, INTERFACE)]
    return {
        "peer_" + name: at_peer[name]
        for name in shown
        if name in at_host and name in at_peer and at_peer[name] not in (None, at_host[name])
    }
