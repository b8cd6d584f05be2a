# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps between two states of the addresses, routes and rules of an interface or a namespace."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import Namespace
from ansible_collections.hostnet.containers.plugins.module_utils.steps.addresses import AddAddress, RemoveAddress
from ansible_collections.hostnet.containers.plugins.module_utils.steps.routes import (
    AddRoute,
    AddRule,
    RemoveRoute,
    RemoveRule,
)


def rule_steps(before, after):
    """A rule comes when its table is filled; it goes before a link that the plan removes takes the table away."""
    found = []
    for name, namespace in after.namespaces.items():
        old = before.namespaces.get(name, Namespace(name))
        had = old.rules if old.inode == namespace.inode else ()
        found += [AddRule(name, rule) for rule in namespace.rules if rule not in had]
        found += [RemoveRule(name, rule) for rule in had if rule not in namespace.rules]
    return found


def address_steps(netns, old, new):
    """Additions first: where the old address was the first of a subnet, the kernel then promotes the new one."""
    had = {item.interface: item.ours and item.whole for item in old.addresses}
    has = {item.interface: item.ours and item.whole for item in new.addresses}
    addresses = {item.ip for item in has}
    # One that lost our mark, or its routes, is made anew.
    damaged = [item for item, usable in had.items() if has.get(item) and not usable]
    gone = [item for item in had if item not in has]
    return (
        [RemoveAddress(netns, new.name, item) for item in [*gone, *damaged] if item.ip in addresses]
        + [AddAddress(netns, new.name, item) for item in has if item not in had]
        + [AddAddress(netns, new.name, item) for item in damaged]
        + [RemoveAddress(netns, new.name, item) for item in gone if item.ip not in addresses]
    )


def route_steps(netns, device, old, new, address_steps):
    """The kernel takes routes away with the address that they relied on, so after a removal they are written again."""
    lost = any(isinstance(step, RemoveAddress) for step in address_steps)
    destinations = {(route.to, route.metric, route.table) for route in new}
    gone = [route for route in old if (route.to, route.metric, route.table) not in destinations]
    return [RemoveRoute(netns, device, route) for route in gone] + [
        AddRoute(netns, device, route) for route in new if lost or route not in old
    ]
