# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that bind the resources of one call to each other."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid


def check_together(resources, where):
    """Refuse resources of one kind that cannot stand side by side.

    Args:
        resources: the declared resources, in the user's order.
        where: prefixes of their options, such as ``pairs[2].``, in the same order.

    Raises:
        Invalid: naming the second of the two.
    """
    kind = type(resources[0]).KIND if resources else ""
    if kind == "published port":
        _ports_apart(resources, where)
        return
    seen = {}
    for resource, path in zip(resources, where):
        if resource.key in seen:
            raise Invalid(
                path.rstrip("."), "declares the same %s as %s" % (type(resource).KIND, seen[resource.key].rstrip("."))
            )
        seen[resource.key] = path
    if kind == "bridge":
        _subnets_apart(resources, where)
    elif kind == "veth pair":
        _addresses_apart(resources, where)


def _subnets_apart(bridges, where):
    taken = []
    for bridge, path in zip(bridges, where):
        for item in bridge.addresses or ():
            # Every interface has link-local addresses of IPv6.
            if item.version == 6 and item.is_link_local:
                continue
            for other, name in taken:
                if other.version == item.version and other.network.overlaps(item.network):
                    problem = "%s overlaps %s of %s; give each subnet its own range" % (item, other, name)
                    raise Invalid(path + "addresses", problem)
            taken.append((item, "bridge %s" % bridge.name))


def _addresses_apart(pairs, where):
    taken, ends, macs = {}, {}, {}
    for pair, path in zip(pairs, where):
        for item in pair.addresses or ():
            other = taken.setdefault((pair.bridge, item.ip), pair)
            if other is not pair:
                raise Invalid(path + "addresses", "%s is already the address of namespace %s" % (item.ip, other.netns))
        if pair.bridge is not None and (pair.mac or pair.addresses):
            other = macs.setdefault((pair.bridge, pair.hardware_address), pair)
            if other is not pair:
                raise Invalid(
                    path + "mac",
                    "%s is already that of %s in namespace %s; give each its own"
                    % (pair.hardware_address, other.peer, other.netns),
                )
        if ends.setdefault((pair.netns, pair.peer), pair) is not pair:
            raise Invalid(path + "peer", "namespace %s would have two interfaces %s" % (pair.netns, pair.peer))


def _ports_apart(ports, where):
    by_protocol = {}
    for port, path in zip(ports, where):
        by_protocol.setdefault((port.protocol, port.family), []).append((port, path))
    for claims in by_protocol.values():
        claims.sort(key=lambda claim: claim[0].host_port)
        for position, (port, _path) in enumerate(claims):
            for other, path in claims[position + 1 :]:
                if other.host_port.first > port.host_port.last:
                    break
                if port.overlaps(other):
                    raise Invalid(path + "host_port", "%s is declared twice in this call, also as %s" % (other, port))
