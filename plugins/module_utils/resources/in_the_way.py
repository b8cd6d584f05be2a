# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in the way of declared pairs inside namespaces that this collection made, and goes.

All in such a namespace is root's in the container, who may have made it by mistake or to keep a run from its work. In a
namespace that others made it stays, and the declaration is refused where it cannot be had.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.resources.veth_pair.source_routing import (
    BASE,
    numbers_of,
)

LOOPBACK = "lo"
_LOCAL_TABLE = 255


def cleared(state, items):
    """Return the host without what is in the way of declared veth pairs.

    Args:
        state: the host.
        items: the declared `VethPair` resources.
    """
    peers, places, next_hops = {}, {}, {}
    for item in items:
        hops = {route.via for route in item.routes or ()} | set(item.gateways or ())
        next_hops.setdefault(item.netns, set()).update(hops - {None})
        peers.setdefault(item.netns, set()).add(item.peer)
        for address in item.addresses or ():
            places.setdefault(address.ip, set()).add((item.netns, item.peer))
    for name, names in peers.items():
        if state.namespaces[name].loopback in names:
            state = with_loopback(state, name)
        state = _without_names(state, name, names)
    for namespace in list(state.namespaces.values()):
        if namespace.made_here:
            changed = _without_addresses(state, namespace, places, next_hops.get(namespace.name, ()))
            if namespace.name in peers:
                changed = _without_others_routes(changed, [item for item in items if item.netns == namespace.name])
            if changed is not namespace:
                state = state.with_namespace(changed)
    return state


def with_loopback(state, netns):
    """Return the host with the loopback interface of a namespace of ours under its own name."""
    namespace = state.namespaces[netns]
    if not namespace.made_here or namespace.loopback == LOOPBACK:
        return state
    links = dict(namespace.links)
    loopback = dataclasses.replace(links.pop(namespace.loopback), name=LOOPBACK)
    state = _without_names(state.with_namespace(dataclasses.replace(namespace, links=links)), netns, {LOOPBACK})
    namespace = dataclasses.replace(state.namespaces[netns].with_link(loopback), loopback=LOOPBACK)
    return state.with_namespace(namespace)


def _without_names(state, netns, names):
    """Return the host with these names free in a namespace of ours, but for interfaces that have them by right."""
    namespace = state.namespaces[netns]
    if not namespace.made_here:
        return state
    links = {}
    for name, link in namespace.links.items():
        if name in names and not link.ours:
            if link.end_of in state.links:
                state = state.without_link(link.end_of)
            continue
        altnames = tuple(other for other in link.altnames if other not in names)
        links[name] = link if altnames == link.altnames else dataclasses.replace(link, altnames=altnames)
    return state.with_namespace(dataclasses.replace(namespace, links=links))


def _without_addresses(state, namespace, places, next_hops):
    """Only the interface that an address is declared for has it, with our mark; and none that of a next hop."""
    noted = {link.peer: link.noted for link in state.links.values() if link.netns == namespace.name and link.noted}
    changed = {}
    for name, link in namespace.links.items():
        own = noted.get(name, ()) if link.ours else ()
        kept = _kept_addresses(link, (namespace.name, name), {address.ip for address in own}, places, next_hops)
        if len(kept) != len(link.addresses):
            changed[name] = dataclasses.replace(link, addresses=kept)
    return dataclasses.replace(namespace, links={**namespace.links, **changed}) if changed else namespace


def _kept_addresses(link, here, own, places, next_hops):
    # The kernel makes the routes of an address by way of the first one in its subnet.
    damaged = {item.interface.network for item in link.addresses if item.ours and not item.whole}

    def stays(item):
        holders = places.get(item.interface.ip)
        if holders is None and item.interface.ip in next_hops:
            return item.interface.ip in own
        if holders is None:
            return item.ours or not damaged or item.interface.network not in damaged
        return item.ours and item.whole if here in holders else item.interface.ip in own

    return tuple(filter(stays, link.addresses))


def _without_others_routes(namespace, items):
    """Without rules that bear our numbers, and routes where those that are declared, or follow from them, are to be."""
    families = {gateway.version for item in items for gateway in item.gateways or ()}
    declared = {(route.to, route.metric) for item in items for route in item.routes or ()}
    ours = {name for name, link in namespace.links.items() if link.ours and link.kind == "veth"}
    peers = ours | {item.peer for item in items}
    tables = {BASE + number for number in numbers_of(peers).values()}

    def in_the_way(route):
        if route.to.prefixlen == 0 and route.to.version in families and route.table in (None, _LOCAL_TABLE):
            return True
        return route.table in tables or route.table is None and (route.to, route.metric) in declared

    routes = tuple(found for found in namespace.others_routes if not in_the_way(found.route))
    own = {
        device: found if device in peers else tuple(route for route in found if not in_the_way(route))
        for device, found in namespace.routes.items()
    }
    return dataclasses.replace(namespace, others_routes=routes, others_rules=(), routes=own)
