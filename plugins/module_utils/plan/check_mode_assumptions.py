# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode on a host where earlier tasks, themselves only checked, would have made what this one relies on.

Nothing tells what they would have made. What is named and missing is taken for granted as it would be by default, and
what this call removes, and others still use, as no longer used. A real run refuses both.
"""

from __future__ import annotations

import dataclasses
import ipaddress

from ansible_collections.hostnet.containers.plugins.module_utils.declare.bridge import Bridge
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding
from ansible_collections.hostnet.containers.plugins.module_utils.declare.masquerade import Masquerade
from ansible_collections.hostnet.containers.plugins.module_utils.declare.netns import Netns
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish
from ansible_collections.hostnet.containers.plugins.module_utils.declare.veth_pair import VethPair
from ansible_collections.hostnet.containers.plugins.module_utils.resources.bridge import born_bridge
from ansible_collections.hostnet.containers.plugins.module_utils.resources.port_publish.port_publish import (
    bridge_holding,
)
from ansible_collections.hostnet.containers.plugins.module_utils.state.bridge_table import guard
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Address, Link
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import LOOPBACK, Namespace


def with_assumed_parts(state, declaration):
    """Return the host with what declared resources name and that is missing: bridges, members, namespaces, pairs.

    Args:
        state: the host.
        declaration: of resources, networks replaced by their parts.
    """
    made = {(type(item), item.name) for item in declaration.present if isinstance(item, (Bridge, Netns))}
    for item in declaration.present:
        for name in _bridges(item):
            if name not in state.links and (Bridge, name) not in made:
                state = state.with_link(Link(name, kind="bridge", owner="default", bridge=born_bridge(), up=True))
        if isinstance(item, VethPair) and item.netns not in state.namespaces and (Netns, item.netns) not in made:
            state = state.with_namespace(Namespace(item.netns, owner="default", links={"lo": Link("lo", up=True)}))
        if isinstance(item, VethPair) and _relies_on_guard(state, item):
            state = _with_guarded(state, item)
        if isinstance(item, Netns) and item.source is not None and state.sources.get(item.source) is None:
            there = Namespace(item.name, inode=0, links={LOOPBACK: Link(LOOPBACK)})
            state = dataclasses.replace(state, sources={**state.sources, item.source: there})
        if isinstance(item, Bridge):
            for name in item.members or ():
                if name not in state.links:
                    state = state.with_link(Link(name))
        if isinstance(item, PortPublish) and item.bridge is None:
            state = _holding(state, item)
    return state


def _bridges(item):
    if isinstance(item, (VethPair, PortPublish, Masquerade, Forwarding)) and item.bridge is not None:
        return (item.bridge,)
    return ()


def _relies_on_guard(state, item):
    """Whether a pair that is not there is told what may leave it beside what an earlier task allowed."""
    return bool(
        item.allowed_addresses
        and item.anti_spoof is None
        and not item.guarded_by_default
        and item.host_end not in state.links
        and item.netns in state.namespaces
        and state.bridge_table is not None
    )


def _with_guarded(state, item):
    end = Link(
        item.host_end,
        kind="veth",
        owner=item.owner,
        up=True,
        master=item.bridge,
        netns=item.netns,
        peer=item.peer,
        noted=tuple(item.addresses or ()),
    )
    mac, addresses = item.hardware_address, [address.ip for address in item.addresses or ()]
    peer = Link(item.peer, kind="veth", owner=item.owner, mac=mac, up=True).with_addresses(item.addresses)
    table = state.bridge_table
    table = dataclasses.replace(
        table, ports=table.ports | {end.name}, guards={**table.guards, end.name: guard(mac, addresses)}
    )
    namespace = state.namespaces[item.netns].with_link(peer)
    return state.with_link(end).with_namespace(namespace).with_bridge_table(table)


def _holding(state, item):
    """A bridge that holds the container's address; only its name cannot be foretold."""
    if bridge_holding(state, item.container_ip) is not None:
        return state
    interface = ipaddress.ip_interface("%s/%d" % (item.container_ip, item.container_ip.max_prefixlen))
    name = "(bridge of %s)" % item.container_ip
    return state.with_link(
        Link(name, kind="bridge", owner="default", bridge=born_bridge(), addresses=(Address(interface),))
    )
