# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps between two states of the interfaces of a host."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.addresses_and_routes import (
    address_steps,
    route_steps,
)
from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.sysctls import (
    concerns,
    ipv6_switched,
    sysctl_steps,
    without_ipv6_switches,
)
from ansible_collections.hostnet.containers.plugins.module_utils.resources.container_ports import is_container_port
from ansible_collections.hostnet.containers.plugins.module_utils.resources.ipv6 import ipv6_key
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Link
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import Namespace
from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import (
    ChangeLink,
    CreateBridge,
    CreateVeth,
    DeleteLink,
    NotePair,
    ShapeLink,
)


def _is_same(old, new):
    """Whether a link can be changed into another, or has to be made anew."""
    return old.complete and (old.kind, old.netns, old.peer, old.index) == (new.kind, new.netns, new.peer, new.index)


def replaced_links(before, after):
    """Links whose name, or whose place in a namespace, is needed for another."""
    return _deleted([link for link in before.links.values() if _in_the_way(link, after)])


def _deleted(links):
    return [DeleteLink(link.name, link.kind) for link in links]


def _in_the_way(link, after):
    if link.name in after.links:
        return not _is_same(link, after.links[link.name])
    netns, peer = link.other_end or (None, None)
    namespace = after.namespaces.get(netns)
    return namespace is not None and peer in namespace.links


def former(before, link):
    """Return what a link was before, or None for one that is made anew."""
    old = before.links.get(link.name)
    return old if old is not None and _is_same(old, link) else None


def bridge_steps(before, after):
    """Return the steps that create and change bridges."""
    found = []
    for link in after.links.values():
        if link.kind != "bridge" or link is before.links.get(link.name):
            continue
        old = former(before, link)
        if old is None:
            found.append(CreateBridge(link))
        elif ChangeLink(None, old, link).changes():
            found.append(ChangeLink(None, old, link))
        found += ipv6_switched(None, ipv6_key(link.name), before.sysctls if old else {}, after.sysctls)
        found += address_steps(None, old or Link(link.name), link)
    return found


def veth_steps(before, after):
    """Return the steps that create and change veth pairs, with addresses, routes and limits."""
    found = []
    for link in after.links.values():
        if link.kind != "veth" or link.netns not in after.namespaces or link.displaced is not None:
            continue
        old = same = former(before, link)
        namespace = after.namespaces[link.netns]
        before_namespace = before.namespaces.get(link.netns, Namespace(link.netns))
        peer = namespace.links[link.peer]
        if old is None:
            found.append(CreateVeth(link, peer))
            old, old_peer, old_routes, old_sysctls = Link(link.name), Link(link.peer), (), {}
        else:
            old_peer = before_namespace.links[link.peer]
            old_routes = before_namespace.routes.get(link.peer, ())
            old_sysctls = before_namespace.sysctls
            found += [
                change
                for change in (_before_its_port(old, link), ChangeLink(link.netns, old_peer, peer))
                if change.changes()
            ]
        found += ipv6_switched(link.netns, ipv6_key(link.peer), old_sysctls, namespace.sysctls)
        if old_peer.index == 0:
            sysctls = without_ipv6_switches(namespace.sysctls)
            sysctls = {key: value for key, value in sysctls.items() if concerns(key, link.peer)}
            found += [step for group in sysctl_steps(link.netns, old_sysctls, sysctls) for step in group]
        addresses = address_steps(link.netns, old_peer, peer)
        found += addresses
        found += route_steps(link.netns, link.peer, old_routes, namespace.routes.get(link.peer, ()), addresses)
        if same is not None and same.noted != link.noted:
            found.append(NotePair(link, alone=not addresses))
        if old.shaping != link.shaping:
            found.append(ShapeLink(link.name, link.shaping))
    return found


def _before_its_port(old, new):
    """The change of a link, without that of the settings of its port, unless it becomes another's."""
    if old.master == new.master:
        new = dataclasses.replace(new, port=old.port, chosen=old.chosen)
    return ChangeLink(None, old, new)


def port_steps(before, after):
    """Settings of ports follow from rules and services, so they come after them. Also where no namespace was read."""
    found = []
    for link in after.links.values():
        old = former(before, link)
        if old is not None and is_container_port(link) and old.master == link.master:
            change = ChangeLink(None, dataclasses.replace(link, port=old.port, chosen=old.chosen), link)
            found += [change] if change.changes() else []
    return found


def other_link_steps(before, after):
    """Links that are not ours but were named: members of a bridge."""
    found = []
    for name, link in after.links.items():
        old = before.links.get(name)
        if old is not None and not link.ours and (old.master, old.enslaved) != (link.master, link.enslaved):
            found.append(ChangeLink(None, old, link))
    return found


def removed_links(before, after):
    """Return the steps that remove links, bridges last."""
    gone = [link for name, link in before.links.items() if name not in after.links and not _in_the_way(link, after)]
    return _deleted(sorted(gone, key=lambda link: link.kind == "bridge"))
