# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module returns of the resources that it was asked for."""

from __future__ import annotations

import os

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


def _network(plan, item):
    network = plan.after.networks[item.name]
    gateways = [str(gateway) for gateway in network.gateway_of.values()]
    containers = [_container(network, container) for container in network.containers or ()]
    return {
        "name": network.name,
        "bridge": network.bridge_name,
        "subnets": as_declared(network.subnets),
        "gateways": gateways,
        "containers": containers,
    }


def _container(network, container):
    return {
        "name": container.name,
        "netns": container.namespace,
        "addresses": as_declared(container.addresses),
        "networks": {item.name: as_declared(item.addresses) for item in container.attached_to(network.name)},
    }


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
