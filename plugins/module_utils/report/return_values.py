# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module returns of the resources that it was asked for."""

from __future__ import annotations

import dataclasses
import os

from ansible_collections.hostnet.containers.plugins.module_utils.declare.as_options import as_options
from ansible_collections.hostnet.containers.plugins.module_utils.declare.bridge import Bridge
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding
from ansible_collections.hostnet.containers.plugins.module_utils.declare.masquerade import Masquerade
from ansible_collections.hostnet.containers.plugins.module_utils.declare.netns import Netns
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish
from ansible_collections.hostnet.containers.plugins.module_utils.declare.veth_pair import VethPair
from ansible_collections.hostnet.containers.plugins.module_utils.report.as_declared import as_declared, pair_of

NETNS_FOLDER = "/run/netns"


def results(plan, declaration):
    """Return one dict for each declared resource, as it is after the plan."""
    return [_OF[type(item)](plan, item) for item in declaration.present]


def remade(plan, declaration):
    """Return the names of the containers of declared networks whose namespaces are made by the plan."""
    found = []
    for item in declaration.present:
        for container in plan.after.networks[item.name].containers or ():
            former, now = (state.namespaces.get(container.namespace) for state in (plan.before, plan.after))
            kept = former is not None and not former.debris and former.inode == now.inode
            if not kept and not now.attached:
                found.append(container.name)
    return found


def _network(plan, item):
    network = plan.after.networks[item.name]
    gateways = [str(gateway) for gateway in network.gateway_of.values()]
    containers = [_container(network, container) for container in network.containers or ()]
    joined = {further.name for container in network.containers or () for further in container.networks}
    return {
        "name": network.name,
        "bridge": network.bridge_name,
        "subnets": as_declared(network.subnets),
        "gateways": gateways,
        "mtu": network.link_mtu,
        "containers": containers,
        "settled": _settled(plan, network),
        "guests": [
            _settled(plan, other)
            for name, other in sorted(plan.after.networks.items())
            if name != network.name and _is_guest(other, network.name)
        ],
        "namespaces_of_others": [
            container.namespace
            for container in network.containers or ()
            if not plan.after.namespaces[container.namespace].ours
        ],
        "further_networks": [
            _settled(plan, dataclasses.replace(plan.after.networks[name], containers=None)) for name in sorted(joined)
        ],
    }


def _container(network, container):
    return {
        "name": container.name,
        "netns": container.namespace,
        "addresses": as_declared(container.addresses),
        "networks": {item.name: as_declared(item.addresses) for item in container.attached_to(network.name)},
    }


def _is_guest(other, name):
    return any(further.name == name for container in other.containers or () for further in container.networks)


def _settled(plan, network):
    """The options of a network, with all that was not declared filled in."""
    table = plan.after.bridge_table
    can_guard = table is not None and table.obstacle is None
    return as_options(
        dataclasses.replace(
            network,
            bridge=network.bridge_name,
            gateways=tuple(network.gateway_of.values()),
            mtu=network.link_mtu,
            anti_spoof=can_guard if network.anti_spoof is None else network.anti_spoof,
        )
    )


def _netns(plan, item):
    former = plan.before.namespaces.get(item.name)
    return {
        "name": item.name,
        "path": os.path.join(NETNS_FOLDER, item.name),
        "created": former is None or former.debris,
    }


def _bridge(plan, item):
    return dict(as_declared(plan.after.links[item.name]), name=item.name)


def _pair(plan, item):
    return dict(as_declared(pair_of(plan.after.links[item.host_end], plan.after)), name=item.host_end)


def _rule(plan, item):
    return as_declared(plan.after.services.masquerades[item.key])


def _port(plan, item):
    return as_declared(plan.after.services.ports[item.key])


def _forwarding(plan, item):
    policy = plan.after.services.policies[item.bridge]
    shown = as_declared(policy)
    if not policy.internal:
        shown.setdefault("host_access", "all")
    return dict(shown, forward_policy={str(family): _policy(tables) for family, tables in plan.after.firewall.items()})


def _policy(tables):
    return tables.table("filter").policies["FORWARD"].lower()


_OF = {
    Network: _network,
    Netns: _netns,
    Bridge: _bridge,
    VethPair: _pair,
    Masquerade: _rule,
    PortPublish: _port,
    Forwarding: _forwarding,
}
