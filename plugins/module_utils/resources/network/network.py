# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks: from the declared to the resources that they consist of."""

from __future__ import annotations

import dataclasses
import ipaddress

from ansible_collections.hostnet.containers.plugins.module_utils.declare.bridge import Bridge
from ansible_collections.hostnet.containers.plugins.module_utils.declare.declaration import Declaration
from ansible_collections.hostnet.containers.plugins.module_utils.declare.dns_server import DnsServer
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding
from ansible_collections.hostnet.containers.plugins.module_utils.declare.masquerade import Masquerade
from ansible_collections.hostnet.containers.plugins.module_utils.declare.netns import Netns
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network, attachments
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish
from ansible_collections.hostnet.containers.plugins.module_utils.declare.veth_pair import VethPair
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict, Missing
from ansible_collections.hostnet.containers.plugins.module_utils.resources.ipv6 import ipv6_key
from ansible_collections.hostnet.containers.plugins.module_utils.resources.network.allocation import with_addresses
from ansible_collections.hostnet.containers.plugins.module_utils.state.observation_needs import ObservationNeeds

PARTS = (Netns, Bridge, Forwarding, VethPair, Masquerade, PortPublish, DnsServer)


def observation_needs(item):
    """What has to be observed for a declared network."""
    keys = {(container.namespace, key) for container in item.containers for key, _value in container.sysctls}
    keys |= {("*", ipv6_key("*")), (None, ipv6_key(item.bridge_name))}
    return ObservationNeeds(
        links=True, owned_namespaces=True, firewall=True, files=True, routes=True, sysctls=frozenset(keys)
    )


def expanded(state, declaration):
    """Replace networks by their parts.

    Args:
        state: the observed host.
        declaration: may hold networks; other resources stay as they are.

    Returns:
        tuple: the host with the networks on record, and the declaration of their parts.

    Raises:
        Conflict, Missing: the networks do not fit each other or the host.
    """
    present = {item.name: item for item in declaration.present if isinstance(item, Network)}
    absent = {item.name for item in declaration.absent if isinstance(item, Network)}
    if not present and not absent:
        return state, declaration
    recorded = {name: item for name, item in state.networks.items() if name not in absent}
    merged = {name: item if item.purge else _merged(recorded.get(name), item) for name, item in present.items()}
    networks = {**recorded, **merged}
    _check(networks, state.networks, absent)
    _check_routes(state, merged)
    networks = with_addresses(networks, _former(state), _taken_by_others(state, networks))
    parts = [part for name in sorted(networks) for part in _parts(networks, name, set(present))]
    purged = [
        (kind, name) for name in sorted({*absent, *(name for name in present if present[name].purge)}) for kind in PARTS
    ]
    # Not a thing of its own that would stay without purge, but an option that is on or off.
    purged += [(DnsServer, name) for name in sorted(present) if not present[name].purge]
    others = [item for item in declaration.present if not isinstance(item, Network)]
    return dataclasses.replace(state, networks=networks), Declaration(
        present=(*others, *parts),
        absent=tuple(item for item in declaration.absent if not isinstance(item, Network)),
        purged=(*declaration.purged, *purged),
    )


def _merged(former, declared):
    """Without purge, containers and ports that are no longer declared stay."""
    if former is None:
        return declared
    names = {item.name for item in declared.containers}
    ports = {item.name: item.ports for item in former.containers}
    kept = [item for item in former.containers if item.name not in names]
    extended = [
        dataclasses.replace(
            item, ports=(*item.ports, *(port for port in ports.get(item.name, ()) if port not in item.ports))
        )
        for item in declared.containers
    ]
    return dataclasses.replace(declared, containers=(*extended, *kept))


def _check(networks, former, absent):
    bridges, namespaces = {}, {}
    for name, network in networks.items():
        other = bridges.setdefault(network.bridge_name, name)
        if other != name:
            raise Conflict("network %s: bridge %s is already that of network %s" % (name, network.bridge_name, other))
        for container in network.containers:
            other = namespaces.setdefault(container.namespace, name)
            if other != name:
                raise Conflict(
                    "network %s: container %s is already declared in network %s; list %s under its networks there"
                    % (name, container.name, other, name)
                )
    for owner, container, attachment in attachments(networks):
        if attachment.name not in networks:
            gone = (
                "is removed by this call"
                if attachment.name in absent and attachment.name in former
                else "is not declared"
            )
            raise Missing(
                "network %s: container %s is attached to network %s, which %s"
                % (owner, container.name, attachment.name, gone)
            )


def _check_routes(state, networks):
    inventory = state.inventory.get(None)
    for name, network in networks.items():
        for subnet in network.subnets:
            for route, device in inventory.routes if inventory else ():
                near = route.to.version == subnet.version and route.to.prefixlen and route.to.overlaps(subnet)
                if near and device != network.bridge_name and not _goes(state, device, networks):
                    raise Conflict(
                        "network %s: subnets: %s overlaps the route to %s by %s; choose another subnet"
                        % (name, subnet, route, device)
                    )


def _goes(state, device, networks):
    """Whether a bridge is one that a declared network had before, and gives up."""
    link = state.links.get(device)
    return link is not None and link.kind == "bridge" and link.owner in networks


def _former(state):
    """The addresses that containers have on record, or, where there is none, on their interfaces."""
    found = {}
    for link in state.links.values():
        owner = link.master and state.links.get(link.master)
        if link.netns is None or owner is None or not owner.ours or link.peer not in state.namespaces[link.netns].links:
            continue
        peer = state.namespaces[link.netns].links[link.peer]
        found[owner.owner, link.netns] = tuple(item.interface for item in peer.addresses if item.ours)
    for _owner, container, attachment in attachments(state.networks):
        found[attachment.name, container.name] = tuple(attachment.addresses or ())
    return found


def _taken_by_others(state, networks):
    """Addresses on the bridges that belong to no container of the networks."""
    known = {(attachment.name, container.namespace) for _owner, container, attachment in attachments(networks)}
    owners = {network.name for network in networks.values()}
    bridges = {network.bridge_name: name for name, network in networks.items()}
    taken = {}
    for link in state.links.values():
        name = bridges.get(link.master)
        if name is None or link.netns is None or (name, link.netns) in known or link.owner in owners:
            continue
        peer = state.namespaces[link.netns].links.get(link.peer)
        taken.setdefault(name, set()).update(item.interface.ip for item in (peer.addresses if peer else ()))
    return taken


def _parts(networks, name, present):
    """A network that is only on record contributes the pairs by which its containers reach the declared ones."""
    network = networks[name]
    for container in network.containers:
        if name in present:
            yield Netns(name=container.namespace, sysctls=container.sysctls, owner=name)
        for number, attachment in enumerate(container.attached_to(name)):
            if name in present or attachment.name in present:
                yield _pair(networks[attachment.name], container, attachment, number, name)
    if name in present:
        yield from _own_parts(network)


def _own_parts(network):
    bridge = network.bridge_name
    addresses = tuple(
        ipaddress.ip_interface("%s/%d" % (gateway, subnet.prefixlen)) for subnet, gateway in network.gateway_of.items()
    )
    yield Bridge(name=bridge, addresses=addresses, mtu=network.mtu, owner=network.name)
    yield Forwarding(
        bridge=bridge,
        isolate=network.isolate,
        internal=network.internal,
        icc=network.icc,
        direct_access=network.direct_access,
        host_access=network.host_access,
        deny_destinations=network.deny_destinations,
        owner=network.name,
    )
    if network.masquerade and not network.internal:
        for subnet in network.subnets:
            yield Masquerade(source=subnet, bridge=bridge, owner=network.name)
    if network.dns:
        yield DnsServer(
            owner=network.name,
            bridge=bridge,
            addresses=tuple(sorted(network.gateway_of.values(), key=lambda item: (item.version, item))),
            internal=network.internal,
        )
    for container in network.containers:
        yield from _published(network, container)


def _pair(network, container, attachment, number, owner):
    gateways = () if network.internal else network.gateway_of.values()
    return VethPair(
        netns=container.namespace,
        bridge=network.bridge_name,
        peer="eth%d" % number,
        addresses=attachment.addresses,
        mac=attachment.mac,
        mtu=network.mtu,
        gateways=tuple(item for item in gateways if any(item in other.network for other in attachment.addresses)),
        owner=owner,
    )


def _published(network, container):
    """A port without an address of the host is published for each family that the container has."""
    for port in container.ports:
        for family in (4, 6):
            target = next((item.ip for item in container.addresses if item.version == family), None)
            sources = tuple(item for item in port.allowed_sources if item.version == family)
            if target is None or (port.allowed_sources and not sources):
                continue
            if port.host_ip is not None and port.host_ip.version != family:
                continue
            published = dataclasses.replace(
                port, container_ip=target, bridge=network.bridge_name, allowed_sources=sources, owner=network.name
            )
            published.check("network %s: container %s: ports: " % (network.name, container.name))
            yield published
