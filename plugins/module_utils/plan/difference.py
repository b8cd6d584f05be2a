# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From two states of a host to the steps that lead from one to the other.

New things come before the rules that serve them, rules before the kernel settings that open a way, and removals last,
so that what does not change is never interrupted.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.tables import Tables
from ansible_collections.hostnet.containers.plugins.module_utils.plan import file_steps, firewall_steps, steps
from ansible_collections.hostnet.containers.plugins.module_utils.plan.connections import forget
from ansible_collections.hostnet.containers.plugins.module_utils.plan.ipv6 import ipv6_key
from ansible_collections.hostnet.containers.plugins.module_utils.plan.lines import (
    file_line,
    note_lines,
    other_lines,
    service_lines,
)
from ansible_collections.hostnet.containers.plugins.module_utils.plan.units import unit_steps
from ansible_collections.hostnet.containers.plugins.module_utils.state.host import Link, Namespace


def difference(before, after):
    """Return the ordered steps that lead from the state `before` to the state `after`."""
    opening, closing = _sysctls(None, before.sysctls, _without_ipv6_switches(after.sysctls))
    return tuple(
        _namespaces(before, after)
        + _replaced_links(before, after)
        + _bridges(before, after)
        + _veths(before, after)
        + _guards(before, after)
        + _rules(before, after)
        + _others(before, after)
        + _written_files(before, after)
        + _remembered(before, after, after.remembered)
        + closing
        + _firewall(before, after)
        + _other_firewall(before, after)
        + opening
        + unit_steps(before, after)
        + forget(before, after)
        + _removed_links(before, after)
        + _removed_namespaces(before, after)
        + _removed_files(before, after)
        + _remembered(before, after, set(before.remembered) - set(after.remembered))
    )


def _namespaces(before, after):
    found = []
    for name, namespace in after.namespaces.items():
        old = before.namespaces.get(name)
        moved = old is not None and namespace.attached and old.inode != namespace.inode
        if moved and not old.debris:
            found.append(steps.DeleteNamespace(name))
        if old is None or old.debris or moved:
            found.append(_namespace_made(namespace))
            old = Namespace(name, links=namespace.links if not namespace.attached else {})
        lo, old_lo = namespace.links.get("lo"), old.links.get("lo")
        if lo is not None and old_lo is not None and lo.up != old_lo.up:
            found.append(steps.ChangeLink(name, old_lo, lo))
        sysctls = _without_ipv6_switches(namespace.sysctls)
        present = {key: value for key, value in sysctls.items() if not _of_a_new_link(key, namespace, old)}
        found += [step for group in _sysctls(name, old.sysctls, present) for step in group]
    return found


def _of_a_new_link(key, namespace, old):
    """Settings of an interface that is yet to be born are written once it is."""
    for name, link in namespace.links.items():
        was = old.links.get(name)
        if (was is None or was.index != link.index) and _belongs_to(key, name):
            return True
    return False


def _belongs_to(key, device):
    return ".%s." % device.replace(".", "/") in key or "/%s/" % device in key


def _namespace_made(namespace):
    if namespace.attached:
        return steps.AttachNamespace(namespace.name, namespace.owner, namespace.source)
    return steps.CreateNamespace(namespace.name, namespace.owner, namespace.links["lo"].up)


def _is_same(old, new):
    """Whether a link can be changed into another, or has to be made anew."""
    return old.complete and (old.kind, old.netns, old.peer, old.index) == (new.kind, new.netns, new.peer, new.index)


def _replaced_links(before, after):
    """Links whose name, or whose place in a namespace, is needed for another."""
    return _deleted([link for link in before.links.values() if _in_the_way(link, after)])


def _deleted(links):
    guards = [firewall_steps.GuardLink(link.name, None) for link in links if link.anti_spoof is not None]
    return [steps.DeleteLink(link.name, link.kind) for link in links] + guards


def _in_the_way(link, after):
    if link.name in after.links:
        return not _is_same(link, after.links[link.name])
    namespace = after.namespaces.get(link.netns)
    return namespace is not None and link.peer in namespace.links


def _former(before, link):
    old = before.links.get(link.name)
    return old if old is not None and _is_same(old, link) else None


def _bridges(before, after):
    found = []
    for link in after.links.values():
        if link.kind != "bridge" or link is before.links.get(link.name):
            continue
        old = _former(before, link)
        if old is None:
            found.append(steps.CreateBridge(link))
        elif steps.ChangeLink(None, old, link).changes():
            found.append(steps.ChangeLink(None, old, link))
        found += _ipv6_switched(None, ipv6_key(link.name), before.sysctls if old else {}, after.sysctls)
        found += _addresses(None, old or Link(link.name), link)
    return found


def _ipv6_switched(netns, key, old, new):
    """An interface has IPv6 before it gets an IPv6 address."""
    value = new.get(key)
    return [] if value is None or old.get(key) == value else [steps.SetSysctl(netns, key, value, implied=True)]


def _without_ipv6_switches(sysctls):
    return {key: value for key, value in sysctls.items() if not key.endswith(".disable_ipv6")}


def _veths(before, after):
    found = []
    for link in after.links.values():
        if link.kind != "veth" or link.netns is None or link.netns not in after.namespaces:
            continue
        old = _former(before, link)
        namespace = after.namespaces[link.netns]
        before_namespace = before.namespaces.get(link.netns, Namespace(link.netns))
        peer = namespace.links[link.peer]
        if old is None:
            found.append(steps.CreateVeth(link, peer))
            old, old_peer, old_routes, old_sysctls = Link(link.name), Link(link.peer), (), {}
        else:
            old_peer = before_namespace.links[link.peer]
            old_routes = before_namespace.routes.get(link.peer, ())
            old_sysctls = before_namespace.sysctls
            found += [
                change
                for change in (steps.ChangeLink(None, old, link), steps.ChangeLink(link.netns, old_peer, peer))
                if change.changes()
            ]
        found += _ipv6_switched(link.netns, ipv6_key(link.peer), old_sysctls, namespace.sysctls)
        if old_peer.index == 0:
            sysctls = _without_ipv6_switches(namespace.sysctls)
            sysctls = {key: value for key, value in sysctls.items() if _belongs_to(key, link.peer)}
            found += [step for group in _sysctls(link.netns, old_sysctls, sysctls) for step in group]
        addresses = _addresses(link.netns, old_peer, peer)
        found += addresses
        found += _routes(link.netns, link.peer, old_routes, namespace.routes.get(link.peer, ()), addresses)
        if old.shaping != link.shaping:
            found.append(steps.ShapeLink(link.name, link.shaping))
    return found


def _rules(before, after):
    """A rule comes when its table is filled; it goes before a link that the plan removes takes the table away."""
    found = []
    for name, namespace in after.namespaces.items():
        old = before.namespaces.get(name, Namespace(name))
        had = old.rules if old.inode == namespace.inode else ()
        found += [steps.AddRule(name, rule) for rule in namespace.rules if rule not in had]
        found += [steps.RemoveRule(name, rule) for rule in had if rule not in namespace.rules]
    return found


def _guards(before, after):
    """All together, so that they are one transaction."""
    found = []
    for link in after.links.values():
        old = _former(before, link) or Link(link.name)
        if link.ours and old.anti_spoof != link.anti_spoof:
            found.append(firewall_steps.GuardLink(link.name, link.anti_spoof))
    return found


def _others(before, after):
    """Links that are not ours but were named: members of a bridge. And ports of ours whose other end was not read."""
    found = []
    for name, link in after.links.items():
        old = before.links.get(name)
        if old is None:
            continue
        is_named = not link.ours and (old.master, old.enslaved) != (link.master, link.enslaved)
        is_port = link.ours and link.kind == "veth" and link.netns is None and old.master == link.master
        if is_named or is_port and old.port != link.port:
            found.append(steps.ChangeLink(None, old, link))
    return found


def _addresses(netns, old, new):
    """Additions first: where the old address was the first of a subnet, the kernel then promotes the new one."""
    had = [item.interface for item in old.addresses]
    has = [item.interface for item in new.addresses]
    clashing = [item for item in had if item not in has and any(item.ip == other.ip for other in has)]
    return (
        [steps.RemoveAddress(netns, new.name, item) for item in clashing]
        + [steps.AddAddress(netns, new.name, item) for item in has if item not in had]
        + [steps.RemoveAddress(netns, new.name, item) for item in had if item not in has and item not in clashing]
    )


def _routes(netns, device, old, new, address_steps):
    """The kernel takes routes away with the address that they relied on, so after a removal they are written again."""
    lost = any(isinstance(step, steps.RemoveAddress) for step in address_steps)
    destinations = {(route.to, route.metric, route.table) for route in new}
    gone = [route for route in old if (route.to, route.metric, route.table) not in destinations]
    return [steps.RemoveRoute(netns, device, route) for route in gone] + [
        steps.AddRoute(netns, device, route) for route in new if lost or route not in old
    ]


def _sysctls(netns, old, new):
    """Return the writes that open a way, and those that close one."""
    opening, closing = [], []
    for key, value in sorted(new.items()):
        if value is not None and old.get(key) != value:
            (closing if value == "0" else opening).append(steps.SetSysctl(netns, key, value))
    return opening, closing


def _firewall(before, after):
    return [
        firewall_steps.ApplyFirewall(family, before.firewall[family], tables, service_lines(before, after, family))
        for family, tables in after.firewall.items()
        if before.firewall[family] != tables
    ]


def _other_firewall(before, after):
    return [
        firewall_steps.ApplyFirewall(family, old, tables, other_lines(old, tables, family))
        for family, tables in after.other_firewall.items()
        for old in [before.other_firewall.get(family, Tables())]
        if old != tables
    ]


def _remembered(before, after, families):
    """A note comes before what it tells of, and goes after it."""
    return [
        firewall_steps.RememberForwarding(family, after.remembered.get(family), note_lines(before, after, family))
        for family in sorted(families)
        if before.remembered.get(family) != after.remembered.get(family)
    ]


def _written_files(before, after):
    return [
        file_steps.WriteFile(path, text, file_line(path, path in before.files))
        for path, text in sorted(after.files.items())
        if before.files.get(path) != text
    ]


def _removed_files(before, after):
    gone = sorted(set(before.files) - set(after.files))
    return [file_steps.RemoveFile(path, file_line(path, True, removed=True)) for path in gone]


def _removed_links(before, after):
    gone = [link for name, link in before.links.items() if name not in after.links and not _in_the_way(link, after)]
    return _deleted(sorted(gone, key=lambda link: link.kind == "bridge"))


def _removed_namespaces(before, after):
    return [steps.DeleteNamespace(name) for name in before.namespaces if name not in after.namespaces]
