# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a network consists of: resources as the other modules declare them, checked as those modules check theirs."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import FAMILIES, in_subnet
from ansible_collections.hostnet.containers.plugins.module_utils.declare.bridge import Bridge
from ansible_collections.hostnet.containers.plugins.module_utils.declare.cross_checks import check_together
from ansible_collections.hostnet.containers.plugins.module_utils.declare.dns_server import DnsServer
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding
from ansible_collections.hostnet.containers.plugins.module_utils.declare.masquerade import Masquerade
from ansible_collections.hostnet.containers.plugins.module_utils.declare.netns import Netns
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option_prefix import OptionPrefix
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish
from ansible_collections.hostnet.containers.plugins.module_utils.declare.source_nat import fixed_address
from ansible_collections.hostnet.containers.plugins.module_utils.declare.veth_pair import VethPair
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid
from ansible_collections.hostnet.containers.plugins.module_utils.resources.veth_pair.source_routing import numbers_of

KINDS = (Netns, Bridge, Forwarding, VethPair, Masquerade, PortPublish, DnsServer)


def checked_parts(networks, present, paths):
    """Return the parts of networks.

    Args:
        networks: dict from name to `Network`, every address settled.
        present: names of those that are declared. One that is only on record contributes the pairs by which its
            containers reach the declared ones.
        paths: the `Paths` of their options.

    Raises:
        Invalid: the module of a part would refuse it.
    """
    for name in sorted(present):
        for position, container in enumerate(networks[name].containers or ()):
            _check_peers(name, container, paths.of_container(networks[name], position))
    found = [placed for name in sorted(networks) for placed in _parts(networks, name, present, paths)]
    for kind in KINDS:
        placed = [(part, where) for part, where in found if isinstance(part, kind)]
        if kind is not DnsServer:
            for part, where in placed:
                part.check(where)
            check_together([part for part, _where in placed], [where for _part, where in placed])
    return [part for part, _where in found]


def _parts(networks, name, present, paths):
    network = networks[name]
    for position, container in enumerate(network.containers or ()):
        where = paths.of_container(network, position)
        if name in present:
            yield (
                container.as_netns(name),
                OptionPrefix(where, {"name": where + ("netns" if container.netns else "name")}),
            )
        for number, attachment in enumerate(container.attached_to(name)):
            if name in present or attachment.name in present:
                yield _pair(networks[attachment.name], container, attachment, number, name, where, paths)
    if name in present:
        yield from _own_parts(network, paths.of_network(name))
        for position, container in enumerate(network.containers or ()):
            yield from _published(network, container, paths.of_container(network, position))


def _check_peers(name, container, where):
    """The default route that counts is that of the network which declares the container: numbers rise from there."""
    attachments = container.attached_to(name)
    numbers = numbers_of({item.peer for item in attachments})
    for position, item in enumerate(attachments[1:]):
        former = attachments[position].peer
        if numbers[item.peer] <= numbers[former]:
            raise Invalid(
                "%snetworks[%d].peer" % (where, position),
                "%s comes %s; let names of interfaces end in numbers that rise with the networks, such as eth0, eth1"
                % (item.peer, "twice" if item.peer == former else "before %s, which has to be first" % former),
            )


def _own_parts(network, where):
    addresses = tuple(in_subnet(gateway, subnet) for subnet, gateway in network.gateway_of.items())
    subnets = where + "subnets"
    bridge = network.bridge_name
    yield (
        Bridge(name=bridge, addresses=addresses, mtu=network.link_mtu, owner=network.name),
        OptionPrefix(
            where,
            {
                "addresses": subnets if network.gateways is None else where + "gateways",
                "name": where + ("bridge" if network.bridge else "name"),
            },
        ),
    )
    yield (
        Forwarding(
            bridge=bridge,
            isolate=network.isolate,
            internal=network.internal,
            icc=network.icc,
            direct_access=network.direct_access,
            host_access=network.host_access,
            deny_destinations=network.deny_destinations,
            forward_policy=network.forward_policy,
            owner=network.name,
        ),
        OptionPrefix(where),
    )
    if network.masquerade and not network.internal:
        for subnet in network.subnets:
            yield (
                Masquerade(
                    source=subnet,
                    bridge=bridge,
                    to_source=fixed_address(network.masquerade, subnet.version),
                    owner=network.name,
                ),
                OptionPrefix(where, {"source": subnets, "to_source": where + "masquerade"}),
            )
    if network.dns:
        yield (
            DnsServer(
                owner=network.name,
                bridge=bridge,
                addresses=tuple(sorted(network.gateway_of.values(), key=lambda item: (item.version, item))),
                internal=network.internal or network.dns_servers == (),
                servers=network.dns_servers or (),
            ),
            OptionPrefix(where),
        )


def _pair(network, container, attachment, number, owner, where, paths):
    shared = paths.of_network(network.name)
    pair = VethPair(
        netns=container.namespace,
        bridge=network.bridge_name,
        peer=attachment.peer,
        addresses=attachment.addresses,
        mac=attachment.mac,
        mtu=network.link_mtu,
        queue_length=attachment.queue_length,
        gateways=_gateways(network, attachment),
        routes=attachment.routes,
        # A network is declared whole: what it does not limit has no limit.
        rate_to_container=attachment.rate_to_container or 0,
        rate_from_container=attachment.rate_from_container or 0,
        burst=attachment.burst or 0,
        anti_spoof=_first_given(attachment.anti_spoof, container.anti_spoof, network.anti_spoof),
        guarded_by_default=bool(attachment.addresses),
        allowed_addresses=attachment.allowed_addresses
        or tuple(item for item in container.allowed_addresses if not number or _holds(network, item)),
        owner=owner,
    )
    own = "%snetworks[%d]." % (where, number - 1) if number else where
    elsewhere = {"mtu": shared + "mtu"}
    if attachment.gateways is None:
        elsewhere["gateways"] = shared + "gateways"
    if attachment.anti_spoof is None:
        elsewhere["anti_spoof"] = (shared if container.anti_spoof is None else where) + "anti_spoof"
    if not attachment.allowed_addresses:
        elsewhere["allowed_addresses"] = where + "allowed_addresses"
    return pair, OptionPrefix(own, elsewhere)


def _first_given(*values):
    return next((value for value in values if value is not None), None)


def _holds(network, allowed):
    """Whether further addresses of a container are those of a further network of it."""
    return any(allowed.version == subnet.version and allowed.subnet_of(subnet) for subnet in network.subnets)


def _gateways(network, attachment):
    """The default route of each family is by the first subnet that has a gateway and an address of the container."""
    if attachment.gateways is not None:
        return attachment.gateways
    found = {}
    for subnet, gateway in network.gateway_of.items():
        if any(item.ip in subnet for item in attachment.addresses):
            found.setdefault(gateway.version, gateway)
    return () if network.internal else tuple(found.values())


def _published(network, container, where):
    """A port without an address of the host is published for each family that the container has."""
    targets = {family: _target(network, container, family) for family in FAMILIES}
    for position, port in enumerate(container.ports):
        path = "%sports[%d]." % (where, position)
        families = [family for family in FAMILIES if targets[family] is not None]
        if port.host_ip is not None:
            families = [family for family in families if family == port.host_ip.version]
        _check_families(container, port, families, path)
        for family in families:
            sources = tuple(item for item in port.allowed_sources if item.version == family)
            if port.allowed_sources and not sources:
                continue
            published = dataclasses.replace(
                port,
                container_ip=targets[family],
                bridge=network.bridge_name,
                allowed_sources=sources,
                owner=network.name,
            )
            yield published, OptionPrefix(path, {"container_ip": where + "addresses"})


def _target(network, container, family):
    """The container's address that answers leave by: that by whose subnet its default route goes."""
    for subnet in network.by_preference:
        for item in container.addresses:
            if item.version == family and item.ip in subnet:
                return item.ip
    return None


def _check_families(container, port, families, where):
    if not families:
        wanted = "IPv%d address" % port.host_ip.version if port.host_ip else "address"
        raise Invalid(
            where + ("host_ip" if port.host_ip else "host_port"),
            "%s leads to container %s, which has no %s on its network" % (port, container.name, wanted),
        )
    for item in port.allowed_sources:
        if item.version not in families:
            raise Invalid(
                where + "allowed_sources",
                "%s is IPv%d, and container %s is not published there by IPv%d"
                % (item, item.version, container.name, item.version),
            )
