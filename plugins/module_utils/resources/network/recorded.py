# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a network's record stays when the network is declared anew."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network


def as_recorded(network):
    """Return what lasts of a declared network: a process goes, and its namespace is known by its name from then on."""
    containers = tuple(item.recorded for item in network.containers or ())
    return network if containers == (network.containers or ()) else dataclasses.replace(network, containers=containers)


def leans_on_record(item):
    """Whether what a declared network shall be is only known with its record."""
    return isinstance(item, Network) and (item.containers is None or not item.purge)


def with_kept(declared, former):
    """Return a declared network with the containers and ports that stay: all if none are declared, or without purge.

    Args:
        declared: the `Network`.
        former: the one on record, or None.
    """
    known = former.containers or () if former is not None else ()
    if declared.containers is None:
        return dataclasses.replace(declared, containers=_settled(declared, known))
    if declared.purge:
        return dataclasses.replace(declared, containers=declared.containers or None)
    names = {item.name for item in declared.containers}
    taken = {port.key for item in declared.containers for port in item.ports}
    ports = {item.name: _free(item.ports, taken) for item in known}
    extended = [
        dataclasses.replace(item, ports=(*item.ports, *ports.get(item.name, ()))) for item in declared.containers
    ]
    kept = [dataclasses.replace(item, ports=ports[item.name]) for item in known if item.name not in names]
    return dataclasses.replace(declared, containers=(*extended, *(_settled(declared, kept) or ())) or None)


def with_attachments_settled(recorded, declared):
    """Return a network on record whose containers get new addresses on declared networks with other subnets.

    Args:
        recorded: the `Network`.
        declared: dict from name to `Network`.
    """
    containers = recorded.containers or ()
    for network in declared.values():
        containers = tuple(_with_addresses(item, recorded.name, network) for item in containers)
    return dataclasses.replace(recorded, containers=containers or None)


def _settled(network, containers):
    return tuple(_with_addresses(item, network.name, network) for item in containers) or None


def _with_addresses(container, owner, network):
    """Addresses of subnets that the network has no more are given anew."""
    for attachment in container.attached_to(owner):
        addresses = [getattr(item, "ip", item) for item in attachment.addresses or ()]
        outside = any(not any(item in subnet for subnet in network.subnets) for item in addresses)
        if attachment.name == network.name and outside:
            return container.with_addresses(network.name, None)
    return container


def _free(ports, taken):
    """The ports that are not declared anew."""
    return tuple(port for port in ports if port.key not in taken)
