# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode on a host where an earlier task, itself only checked, would have made what this one relies on."""

from __future__ import annotations

import dataclasses
import ipaddress

from ansible_collections.hostnet.containers.plugins.module_utils.declare.bridge import Bridge
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding
from ansible_collections.hostnet.containers.plugins.module_utils.declare.masquerade import Masquerade
from ansible_collections.hostnet.containers.plugins.module_utils.declare.netns import Netns
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish
from ansible_collections.hostnet.containers.plugins.module_utils.declare.veth_pair import VethPair
from ansible_collections.hostnet.containers.plugins.module_utils.resources.bridge import born_bridge
from ansible_collections.hostnet.containers.plugins.module_utils.resources.port_publish.port_publish import (
    bridge_holding,
)
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Address, Link
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import Namespace


def assumed(state, declaration):
    """Return the host with those bridges, namespaces and members that declared resources name and that are missing."""
    state = _with_further_networks(state, declaration)
    made = {item.name for item in declaration.present if isinstance(item, Bridge)}
    for item in declaration.present:
        for name in _bridges(item):
            if name not in state.links and name not in made:
                state = state.with_link(Link(name, kind="bridge", owner="default", bridge=born_bridge(), up=True))
        if isinstance(item, VethPair) and item.netns not in state.namespaces:
            state = state.with_namespace(Namespace(item.netns, owner="default", links={"lo": Link("lo", up=True)}))
        if isinstance(item, Netns) and item.source is not None and state.sources.get(item.source) is None:
            state = dataclasses.replace(state, sources={**state.sources, item.source: 0})
        if isinstance(item, Bridge):
            for name in item.members or ():
                if name not in state.links:
                    state = state.with_link(Link(name))
        if isinstance(item, PortPublish) and item.bridge is None:
            state = _holding(state, item)
    return state


def _with_further_networks(state, declaration):
    declared = [item for item in declaration.present if isinstance(item, Network)]
    named = {further.name for item in declared for container in item.containers or () for further in container.networks}
    missing = named - {item.name for item in declared} - set(state.networks or ())
    if not missing:
        return state
    return dataclasses.replace(state, networks={**state.networks, **{name: Network(name=name) for name in missing}})


def _bridges(item):
    if isinstance(item, (VethPair, PortPublish, Masquerade, Forwarding)) and item.bridge is not None:
        return (item.bridge,)
    return ()


def _holding(state, item):
    """A bridge that holds the container's address; only its name cannot be foretold."""
    if bridge_holding(state, item.container_ip) is not None:
        return state
    interface = ipaddress.ip_interface("%s/%d" % (item.container_ip, item.container_ip.max_prefixlen))
    name = "(bridge of %s)" % item.container_ip
    return state.with_link(
        Link(name, kind="bridge", owner="default", bridge=born_bridge(), addresses=(Address(interface),))
    )
