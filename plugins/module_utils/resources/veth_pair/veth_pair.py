# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Veth pairs: from the declared to the state of the host."""

from __future__ import annotations

import dataclasses
import functools

from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import INTERFACE, PORT, settings_of
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict, Missing
from ansible_collections.hostnet.containers.plugins.module_utils.resources.bridge import check_ours
from ansible_collections.hostnet.containers.plugins.module_utils.resources.bridge_limits import check_port_counts
from ansible_collections.hostnet.containers.plugins.module_utils.resources.in_the_way import cleared
from ansible_collections.hostnet.containers.plugins.module_utils.resources.ipv6 import check_mtu, ipv6_key, ipv6_switch
from ansible_collections.hostnet.containers.plugins.module_utils.resources.veth_pair.address_conflicts import (
    check_addresses,
)
from ansible_collections.hostnet.containers.plugins.module_utils.resources.veth_pair.guards import wanted_guard
from ansible_collections.hostnet.containers.plugins.module_utils.resources.veth_pair.source_routing import (
    check_routes,
    is_by_gateway,
    routed,
)
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Link, Shaping
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import default_route
from ansible_collections.hostnet.containers.plugins.module_utils.state.observation_needs import ObservationNeeds
from ansible_collections.hostnet.containers.plugins.module_utils.state.setting import with_settings


def observation_needs(item):
    """What has to be observed for a declared veth pair."""
    if item.netns is None:
        return purge_needs()
    keys = [key for key, _value in item.sysctls] + [ipv6_key(item.peer)]
    return ObservationNeeds(
        links=True,
        namespaces=frozenset([item.netns]),
        # Another namespace may have the address already.
        owned_namespaces=bool(item.addresses and item.bridge),
        firewall=True,
        sysctls=frozenset((item.netns, key) for key in keys),
    )


def purge_needs():
    """What has to be observed to find what an owner declared."""
    return ObservationNeeds(links=True, owned_namespaces=True)


def present(state, items):
    """Return the host with the declared veth pairs."""
    _check_namespaces(state, items)
    state = cleared(state, items)
    state = functools.reduce(functools.partial(_present, _places(state)), items, state)
    check_addresses(state, items)
    check_routes(state, items)
    for item in items:
        check_mtu(state.namespaces[item.netns].links[item.peer], "veth pair %s" % item.host_end)
    check_port_counts(state, {state.links[item.host_end].master for item in items} - {None})
    return state


def absent(state, items):
    """Return the host without these veth pairs of ours."""
    return functools.reduce(_absent, items, state)


def _check_namespaces(state, items):
    for item in items:
        namespace = state.namespaces.get(item.netns)
        if namespace is None or namespace.debris:
            raise Missing(
                "veth pair %s: there is no namespace %s; create it first with the module netns"
                % (item.host_end, item.netns)
            )


def _present(places, state, item):
    bridge = _bridge(state, item)
    state = _without_former(places, state, item)
    namespace = state.namespaces[item.netns]
    peer = namespace.links.get(item.peer)
    if peer is not None and not peer.ours:
        raise Conflict(
            "namespace %s already has an interface %s that was not made by this collection; choose another peer name"
            % (item.netns, item.peer)
        )
    host_end = _host_end(state, item, bridge)
    namespace = namespace.with_link(_peer(item, peer, host_end))
    host_end = dataclasses.replace(host_end, noted=_noted(item, host_end, namespace.links[item.peer]))
    namespace = routed(_with_routes(namespace, item))
    wanted = {**ipv6_switch(namespace.links[item.peer], item.addresses), **dict(item.sysctls)}
    sysctls = with_settings(namespace.sysctls, wanted)
    return state.with_link(host_end).with_namespace(dataclasses.replace(namespace, sysctls=sysctls))


def _absent(state, item):
    placed = None if item.name else _places(state).get((item.netns, item.peer))
    found = state.links.get(placed or item.host_end)
    if found is None:
        return state
    check_ours(found, "veth")
    return removed(state, [found.name])


def removed(state, names):
    """Return the host without the pairs whose host ends have these names."""
    for name in names:
        state = _removed(state, state.links[name])
    return state


def handed_over(state, heirs):
    """Return the host where pairs are others'.

    Args:
        state: the host.
        heirs: dict from the name of the host's end to the new owner.
    """
    for name, owner in heirs.items():
        link = dataclasses.replace(state.links[name], owner=owner)
        state = state.with_link(link)
        namespace = state.namespaces.get(link.netns)
        peer = namespace.links.get(link.peer) if namespace is not None else None
        if peer is not None and peer.ours:
            state = state.with_namespace(namespace.with_link(dataclasses.replace(peer, owner=owner)))
    return state


def owned(state, owner):
    """Yield the keys of the veth pairs that an owner declared."""
    for link in state.links.values():
        if link.kind == "veth" and link.owner == owner:
            yield link.name


def _removed(state, link):
    state = state.without_link(link.name)
    netns, peer = link.other_end or (None, None)
    namespace = state.namespaces.get(netns)
    if namespace is None or peer not in namespace.links:
        return state
    links = {name: other for name, other in namespace.links.items() if name != peer}
    routes = {device: found for device, found in namespace.routes.items() if device != peer}
    return state.with_namespace(routed(dataclasses.replace(namespace, links=links, routes=routes)))


def _places(state):
    """Return a dict from namespace and name of the other end to the name of the host's end."""
    return {(link.netns, link.peer): link.name for link in state.links.values() if link.ours and link.netns}


def _without_former(places, state, item):
    """Remove what bears the name, or holds the place, of the declared pair but is another or only half-made."""
    named = state.links.get(item.host_end)
    if named is not None:
        check_ours(named, "veth")
        if (named.netns, named.peer) != (item.netns, item.peer) or not named.complete:
            state = _removed(state, named)
    placed = state.links.get(places.get((item.netns, item.peer)))
    # The name may meanwhile be that of another pair of the same call.
    there = placed is not None and (placed.netns, placed.peer) == (item.netns, item.peer)
    if there and placed.name != item.host_end:
        state = _removed(state, placed)
    return state


def _bridge(state, item):
    if item.bridge is None:
        return None
    bridge = state.links.get(item.bridge)
    if bridge is None:
        raise Missing(
            "veth pair %s: there is no bridge %s; create it first with the module bridge" % (item.host_end, item.bridge)
        )
    if bridge.kind != "bridge":
        raise Conflict("veth pair %s: %s is not a bridge; name a bridge" % (item.host_end, item.bridge))
    return bridge


def _host_end(state, item, bridge):
    new = Link(item.host_end, kind="veth", owner=item.owner, netns=item.netns, peer=item.peer, mtu=_mtu(item, bridge))
    found = state.links.get(item.host_end, new)
    master = item.bridge or found.master
    chosen = {**found.chosen, **settings_of(item, PORT)} if master is not None else {}
    return dataclasses.replace(
        found,
        mtu=item.mtu or found.mtu,
        up=True,
        master=master,
        settings={**found.settings, **settings_of(item, INTERFACE)},
        chosen=chosen,
        shaping=_shaping(item, found.shaping),
        anti_spoof=wanted_guard(state, item),
    )


def _mtu(item, bridge):
    return item.mtu or (bridge.mtu if bridge is not None else None)


def _shaping(item, found):
    """A limit of 0 is none. With a new limit the burst is chosen anew, unless it is declared."""
    if item.rate_to_container is None and item.rate_from_container is None:
        return found
    wishes = ((item.rate_to_container, found.rate_to_container), (item.rate_from_container, found.rate_from_container))
    rates = [(before if wish is None else wish) or None for wish, before in wishes]
    return Shaping(*rates, burst=item.burst or None) if any(rates) else Shaping()


def _peer(item, found, host_end):
    peer = found or Link(item.peer, kind="veth", owner=item.owner, mac=item.hardware_address, mtu=host_end.mtu)
    mac = item.hardware_address if item.mac is not None or item.addresses else peer.mac
    settings = {**peer.settings, **settings_of(item, INTERFACE)}
    peer = dataclasses.replace(peer, mac=mac, mtu=item.mtu or peer.mtu, up=True, settings=settings, marked=True)
    return peer.with_addresses(item.addresses)


def _noted(item, host_end, peer):
    if item.addresses is not None:
        return tuple(item.addresses)
    if host_end.noted is not None:
        return host_end.noted
    return tuple(address.interface for address in peer.addresses if address.ours)


def _with_routes(namespace, item):
    present_routes = [route for route in namespace.routes.get(item.peer, ()) if route.table is None]
    default = [route for route in present_routes if is_by_gateway(route, item.peer)]
    static = [route for route in present_routes if route not in default]
    if item.gateways is not None:
        default = [default_route(gateway) for gateway in item.gateways]
    if item.routes is not None:
        static = list(item.routes)
    default = [dataclasses.replace(route, source=_source(route, item, namespace)) for route in default]
    return namespace.with_routes(item.peer, default + static)


def _source(route, item, namespace):
    """The address that packets bear on a default route: the first one of the gateway's subnet.

    The kernel knows that for IPv4. Of several IPv6 addresses it prefers the newest, so that answers to datagrams would
    come from another address than they were sent to, as soon as a subnet is added.
    """
    if route.to.version == 4:
        return None
    there = [address.interface for address in namespace.links[item.peer].addresses if address.ours]
    choice = [one for one in item.addresses or there if one.version == 6 and not one.is_link_local]
    if len(choice) < 2:
        return None
    if item.addresses is None:
        choice.sort(key=lambda one: one.ip != route.source)
    return next((one.ip for one in choice if route.via in one.network), choice[0].ip)
