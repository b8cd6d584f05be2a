# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state of a host as the user would declare it, for diffs and return values."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.plain_values import plain
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
    shown.update(plain(link.bridge) if link.bridge else {})
    return {name: value for name, value in shown.items() if value is not None}


@dataclasses.dataclass(frozen=True)
class VethPairEnds:
    """Both ends of a veth pair; `peer` is None where its namespace was not looked into."""

    link: Link
    peer: Link
    routes: tuple


def pair_of(link, state):
    """Return both ends of a veth pair as one value."""
    namespace = state.namespaces.get(link.netns)
    if namespace is None:
        return VethPairEnds(link, None, ())
    return VethPairEnds(link, namespace.links.get(link.peer), namespace.routes.get(link.peer, ()))


def _pair(view):
    link, peer = view.link, view.peer
    shown = {"netns": link.netns, "peer": link.peer, "bridge": link.master, "mtu": link.mtu, "up": link.up}
    if link.port is not None:
        shown.update(plain(link.port))
    shown.update(plain(link.shaping))
    shown["anti_spoof"] = True if link.anti_spoof else None
    if peer is not None:
        shown["mac"] = peer.mac
        shown["addresses"] = addresses_of(peer)
        main = [route for route in view.routes if route.table is None]
        shown["gateways"] = [str(route.via) for route in main if route.to.prefixlen == 0]
        shown["routes"] = [str(route) for route in main if route.to.prefixlen != 0]
    return {name: value for name, value in shown.items() if value not in (None, [])}
