# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subnets of bridges, and what else of the host has their addresses or takes their packets."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict


def check_subnets(state, item):
    """Refuse a declared bridge whose subnets are those of another interface, or are led elsewhere by a route.

    A route with a shorter prefix, such as the default route or that of a VPN, leaves the subnet to the bridge. One with
    an equal or longer prefix takes packets from it.

    Args:
        state: the host as it will be.
        item: the declared `Bridge`.

    Raises:
        Conflict: naming the interface or the route.
    """
    for declared in item.addresses or ():
        if declared.version == 6 and declared.is_link_local:
            continue
        for link in state.links.values():
            for other in link.addresses if link.name != item.name else ():
                if other.interface.version == declared.version and other.interface.network.overlaps(declared.network):
                    raise Conflict(
                        "bridge %s: addresses: %s overlaps %s of interface %s; give each subnet its own range"
                        % (item.name, declared, other.interface, link.name)
                    )
        for route, device in _routes_of_others(state, item.name):
            if route.to.version == declared.version and route.to.subnet_of(declared.network):
                raise Conflict(
                    "bridge %s: addresses: %s overlaps the route to %s by %s, which packets would follow; choose "
                    "another subnet, or remove the route" % (item.name, declared.network, route, device)
                )


def _routes_of_others(state, bridge):
    """The routes that will be there: those of interfaces of ours come and go with the addresses, which are compared."""
    inventory = state.inventory.get(None)
    for route, device in inventory.routes if inventory is not None else ():
        link = state.links.get(device)
        kept = link is not None and (route.via is not None or not link.ours)
        if kept and device != bridge:
            yield route, device
