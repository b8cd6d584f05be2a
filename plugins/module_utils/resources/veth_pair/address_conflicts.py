# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""No two containers of a bridge, and not the bridge itself, have the same address."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict


def check_addresses(state, items):
    """Refuse declared pairs with an address that is in use on their bridge.

    Args:
        state: the host with the declared pairs; namespaces that were not looked into are passed over.
        items: the declared `VethPair` resources.

    Raises:
        Conflict: naming who has the address.
    """
    holders = _holders(state)
    for item in items:
        bridge = state.links.get(item.bridge)
        if bridge is not None and bridge.mac is not None and bridge.mac == item.hardware_address:
            raise Conflict(
                "veth pair %s: mac: %s is that of bridge %s; give another" % (item.host_end, bridge.mac, bridge.name)
            )
        for declared in item.addresses or ():
            other = holders.get((item.bridge, declared.ip))
            if other not in (None, item.host_end):
                raise Conflict("veth pair %s: addresses: %s is %s" % (item.host_end, declared.ip, _told(state, other)))


def _holders(state):
    """Return a dict from bridge and address to the name of the link that has it; the first one wins."""
    found = {}
    for link in state.links.values():
        if link.kind == "bridge":
            for address in link.addresses:
                found[link.name, address.interface.ip] = link.name
    for link in state.links.values():
        for interface in held(state, link):
            found.setdefault((link.master, interface.ip), link.name)
    return found


def held(state, link):
    """Return the addresses that the other end of a pair has by right: those on the host's note of it.

    Of a pair without a note, as earlier versions made them, they are those that it has.
    """
    if link.noted is not None:
        return link.noted
    namespace = state.namespaces.get(link.netns)
    peer = namespace.links.get(link.peer) if namespace is not None else None
    return tuple(address.interface for address in peer.addresses) if peer is not None else ()


def _told(state, name):
    link = state.links[name]
    if link.kind == "bridge":
        return "the address of bridge %s" % name
    return "already the address of namespace %s" % link.netns
