# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses for containers that declare none: the lowest free one, and the same from run to run."""

from __future__ import annotations

import dataclasses
import ipaddress

from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import attachments
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict


class Pool:
    """The addresses of one subnet.

    Args:
        network: name of the network, for messages.
        subnet: an `ipaddress` network.
        reserved: networks whose addresses are not given away.
        taken: addresses that are in use or declared.
    """

    def __init__(self, network, subnet, reserved, taken):
        self._network = network
        self._subnet = subnet
        self._reserved = [item for item in reserved if item.version == subnet.version]
        self._taken = {item for item in taken if item in subnet}
        whole = subnet.num_addresses <= 2
        self._first = self._next = int(subnet.network_address) + (0 if whole else 1)
        self._last = int(subnet.broadcast_address) - (1 if subnet.version == 4 and not whole else 0)

    def keep(self, address):
        """Give an address away again to the container that had it; tell whether that was possible."""
        number = int(address)
        inside = address.version == self._subnet.version and self._first <= number <= self._last
        if not inside or address in self._taken or self._barrier(number) is not None:
            return False
        self._taken.add(address)
        return True

    def lowest(self):
        """Give away the lowest free address.

        Raises:
            Conflict: the subnet is full.
        """
        make = ipaddress.IPv4Address if self._subnet.version == 4 else ipaddress.IPv6Address
        while self._next <= self._last:
            barrier = self._barrier(self._next)
            if barrier is not None:
                self._next = barrier + 1
                continue
            address = make(self._next)
            self._next += 1
            if address not in self._taken:
                self._taken.add(address)
                return address
        raise Conflict(
            "network %s: subnets: %s is full (%d addresses in use); give a larger subnet, or remove containers"
            % (self._network, self._subnet, len(self._taken))
        )

    def _barrier(self, number):
        """Return the last address of the reserved network that holds an address, or None."""
        for item in self._reserved:
            if int(item.network_address) <= number <= int(item.broadcast_address):
                return int(item.broadcast_address)
        return None


def with_addresses(networks, former, taken):
    """Return the networks with an address of every subnet for every container that declares none.

    New containers are served in the order of their names, so that the order of lists does not matter.

    Args:
        networks: dict from name to `Network`, as declared.
        former: dict from (network, container) to the addresses that the container had there, as interface addresses.
        taken: dict from network to addresses on its bridge that others have.

    Raises:
        Conflict: a subnet is full.
    """
    pools = {name: _pools(networks, name, taken.get(name, ())) for name in networks}
    waiting = []
    for owner, container, attachment in attachments(networks):
        if attachment.name in networks and attachment.addresses is None:
            waiting.append((container.name, owner, attachment.name))
    given = {}
    for container, owner, network in sorted(waiting):
        kept = former.get((network, container), ())
        given[owner, container, network] = {
            pool: item.ip for pool in pools[network] for item in kept if pools[network][pool].keep(item.ip)
        }
    settled = {}
    for key in sorted(given):
        owner, name, network = key
        subnets = networks[network].subnets
        addresses = (_interface(given[key].get(item) or pools[network][item].lowest(), item) for item in subnets)
        settled.setdefault((owner, name), []).append((network, tuple(addresses)))
    return {name: _settled(network, settled, networks) for name, network in networks.items()}


def _pools(networks, name, taken):
    network = networks[name]
    used = set(taken) | set(network.gateway_of.values())
    for _owner, _container, attachment in attachments(networks):
        if attachment.name == name:
            used.update(getattr(item, "ip", item) for item in attachment.addresses or ())
    return {subnet: Pool(name, subnet, network.reserved, used) for subnet in network.subnets}


def _settled(network, settled, networks):
    """Fill in what was allocated; declared addresses without a prefix length get that of their subnet."""
    containers = []
    for item in network.containers or ():
        filled = item
        for name, addresses in settled.get((network.name, item.name), ()):
            filled = filled.with_addresses(name, addresses)
        containers.append(_with_prefixes(filled, network.name, networks))
    return dataclasses.replace(network, containers=tuple(containers) or None)


def _with_prefixes(container, owner, networks):
    complete = container
    for attachment in container.attached_to(owner):
        subnets = networks[attachment.name].subnets if attachment.name in networks else ()
        addresses = tuple(_complete(item, subnets) for item in attachment.addresses or ())
        complete = complete.with_addresses(attachment.name, addresses)
    return complete


def _complete(item, subnets):
    if hasattr(item, "network"):
        return item
    for subnet in subnets:
        if item in subnet:
            return _interface(item, subnet)
    return ipaddress.ip_interface(item)


def _interface(address, subnet):
    return ipaddress.ip_interface("%s/%d" % (address, subnet.prefixlen))
