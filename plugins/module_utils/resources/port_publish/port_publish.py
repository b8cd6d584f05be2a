# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Published ports: from the declared to the state of the host."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import in_subnet, unusable
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict, Missing
from ansible_collections.hostnet.containers.plugins.module_utils.resources.backed_by_rules import BackedByRules

_PORTS = BackedByRules("ports")
observation_needs, purge_needs, owned, removed, handed_over = (
    _PORTS.observation_needs,
    _PORTS.purge_needs,
    _PORTS.owned,
    _PORTS.removed,
    _PORTS.handed_over,
)


def present(state, items):
    """Return the host with the declared ports."""
    ports = dict(_PORTS.of(state))
    taken = _Taken(ports.values())
    for item in items:
        for other in taken.by(item):
            _check_free(item, other)
        settled = dataclasses.replace(
            item,
            host_ip=item.only_host_ip,
            container_port=item.target_port,
            bridge=_bridge(state, item),
            allowed_sources=_restricting(item.allowed_sources),
        )
        _check_target(state, settled)
        ports[item.key] = settled
        taken.add(settled)
    return _PORTS.replaced(state, ports)


def _restricting(sources):
    """With every address among them, the sources say nothing."""
    return () if any(not item.prefixlen for item in sources) else sources


def _check_target(state, item):
    """Refuse the network or broadcast address of the bridge's own subnet."""
    for address in state.links[item.bridge].addresses:
        if item.container_ip in address.interface.network:
            interface = in_subnet(item.container_ip, address.interface.network)
            if unusable(interface):
                raise Conflict("%s: container_ip %s is %s" % (item, item.container_ip, unusable(interface)))


def absent(state, items):
    """Return the host without these ports of ours."""
    for item in items:
        found = [port for port in _PORTS.of(state).values() if _same_place(port, item)]
        for port in found:
            if port.owner != item.owner:
                raise Conflict(
                    "%s is published by owner %s; withdraw it with owner: %s" % (port, port.owner, port.owner)
                )
        state = removed(state, {port.key for port in found})
    return state


class _Taken:
    """Which ports are taken, found by number, so that ten thousand ports are checked in one pass."""

    def __init__(self, ports):
        self._claims = {}
        for port in ports:
            self.add(port)

    def add(self, port):
        for number in range(port.host_port.first, port.host_port.last + 1):
            self._claims.setdefault((port.protocol, port.family, number), {})[port.key] = port

    def by(self, port):
        """Return the ports that share a number with one, each once."""
        numbers = range(port.host_port.first, port.host_port.last + 1)
        claims = (self._claims.get((port.protocol, port.family, number), {}) for number in numbers)
        return {key: other for claim in claims for key, other in claim.items()}.values()


def _same_place(port, item):
    """With no address given, `absent` withdraws the port of either family."""
    if item.container_ip is not None or item.host_ip is not None:
        return port.key == item.key
    return (port.protocol, port.only_host_ip, port.host_port) == (item.protocol, None, item.host_port)


def _check_free(item, other):
    if not item.overlaps(other):
        return
    if other.owner != item.owner:
        raise Conflict(
            "host_port %s is already published by owner %s (%s to %s); choose another port, or withdraw it there"
            % (item.host_port, other.owner, other, other.container_ip)
        )
    if other.key != item.key:
        raise Conflict(
            "host_port %s (%s) overlaps %s, which is already published to %s; withdraw that first, or use purge"
            % (item.host_port, item.protocol, other, other.container_ip)
        )


def _bridge(state, item):
    if item.bridge is not None:
        link = state.links.get(item.bridge)
        if link is None:
            raise Missing("%s: there is no bridge %s; create it first with the module bridge" % (item, item.bridge))
        if link.kind != "bridge":
            raise Conflict("%s: %s is not a bridge; name the bridge that the container is on" % (item, item.bridge))
        return item.bridge
    holding = bridge_holding(state, item.container_ip)
    if holding is not None:
        return holding
    raise Missing(
        "%s: container_ip %s is in the subnet of no bridge of this collection; create the bridge first, "
        "or name one with the option bridge" % (item, item.container_ip)
    )


def bridge_holding(state, address):
    """Return the name of the bridge of ours in whose subnet an address is, or None."""
    for link in state.links.values():
        if link.kind == "bridge" and link.ours and any(address in item.interface.network for item in link.addresses):
            return link.name
    return None
