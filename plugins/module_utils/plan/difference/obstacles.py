# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that clear the way for what is declared in namespaces of ours."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.steps.addresses import RemoveAddress
from ansible_collections.hostnet.containers.plugins.module_utils.steps.obstacles import (
    ClearInterface,
    ClearOtherName,
    ClearRoute,
    ClearRule,
    RenameLoopback,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.routes import RemoveRoute


def obstacle_steps(before, after):
    """Return the steps that remove what others made and what is in neither state ours, names first."""
    found = []
    for name, namespace in after.namespaces.items():
        old = before.namespaces.get(name)
        if old is None or old is namespace or old.inode != namespace.inode:
            continue
        found += _interfaces(old, namespace)
        if old.loopback != namespace.loopback:
            found.append(RenameLoopback(name, old.loopback))
        found += [ClearRoute(name, item.words, item.body) for item in _gone(old.others_routes, namespace.others_routes)]
        found += [ClearRule(name, item.words, item.body) for item in _gone(old.others_rules, namespace.others_rules)]
        found += _routes(old, namespace)
    return found


def _interfaces(old, new):
    found, addresses = [], []
    for name, link in old.links.items():
        there = new.links.get(name)
        if there is not None and (link.ours or there.index == link.index):
            others = [other for other in link.altnames if other not in there.altnames]
            found += [ClearOtherName(new.name, name, other) for other in others]
            if (not link.ours or name == old.loopback) and there.addresses is not link.addresses:
                kept = {item.interface for item in there.addresses}
                gone = [item.interface for item in link.addresses if item.interface not in kept]
                addresses += [RemoveAddress(new.name, name, interface) for interface in gone]
        elif not link.ours and link.end_of is None and name != old.loopback:
            found.append(ClearInterface(new.name, name))
    return found + addresses


def _routes(old, new):
    """Routes with our mark by way of an interface that is not ours."""
    return [
        RemoveRoute(old.name, device, route)
        for device, routes in old.routes.items()
        if device in old.links and not old.links[device].ours and device in new.links
        for route in routes
        if route not in new.routes.get(device, ())
    ]


def _gone(old, new):
    kept = set(map(id, new))
    return [item for item in old if id(item) not in kept]
