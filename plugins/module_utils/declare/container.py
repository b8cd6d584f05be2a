# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A container of a network: a namespace, its interfaces, addresses, names and published ports."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import (
    address,
    interface_address,
    mac,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import networks as cidr_networks
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import (
    container_name,
    host_names,
    namespace_name,
    network_name,
    sysctls,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import option, option_list
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid


def addresses(values):
    """Parse addresses with or without a prefix length; without one, that of the subnet is taken."""
    return tuple(interface_address(value) if "/" in value else address(value) for value in values)


def named(value):
    """Return the raw options that the name of a network stands for."""
    if not isinstance(value, str):
        raise ValueError("%r is no network; give its name as text, in quotes, or a dict of options" % (value,))
    return {"name": value}


@dataclass(frozen=True)
class Attachment:
    """A further network of a container.

    Attributes:
        name: the network.
        addresses: of the container on it; None to have them allocated.
        mac: of the container's interface on it.
    """

    name: str = option("str", network_name, required=True)
    addresses: tuple = option("list", addresses, elements="str")
    mac: str = option("str", mac)

    KIND = "a further network"
    SHORT_FORM = staticmethod(named)


@dataclass(frozen=True)
class Container:
    """A container as it is declared in a network.

    Attributes:
        name: the name by which other containers find it.
        netns: its namespace; None for one of the same name.
        addresses: on the network that declares it; None to have them allocated.
        mac: of its interface on that network.
        ports: published ports, as `PortPublish` without a target address.
        hosts: further names by which other containers find it.
        networks: further networks, as `Attachment`; its interfaces there are eth1, eth2 and so on.
        sysctls: settings inside its namespace, pairs of key and value.
        anti_spoof: whether only its own MAC and IP addresses may leave it; None for what the network says.
        allowed_addresses: networks whose addresses may leave it, too.
    """

    name: str = option("str", container_name, required=True)
    netns: str = option("str", namespace_name)
    addresses: tuple = option("list", addresses, elements="str")
    mac: str = option("str", mac)
    ports: tuple = option_list(PortPublish, without=("container_ip", "bridge"), required=("host_port",))
    hosts: tuple = option("list", host_names, elements="str", default=())
    networks: tuple = option_list(Attachment, required=("name",))
    sysctls: tuple = option("dict", sysctls, default=())
    anti_spoof: bool = option("bool")
    allowed_addresses: tuple = option("list", cidr_networks, elements="str", default=())

    KIND = "a container"

    @property
    def namespace(self):
        """The name of its namespace."""
        return self.netns or self.name

    def attached_to(self, network):
        """Return its `Attachment` to every network, that which declares it first."""
        return (Attachment(network, self.addresses, self.mac), *self.networks)

    def with_addresses(self, network, found):
        """Return the container with addresses on one of its networks."""
        if not any(item.name == network for item in self.networks):
            return replace(self, addresses=found)
        further = (replace(item, addresses=found) if item.name == network else item for item in self.networks)
        return replace(self, networks=tuple(further))

    def check(self, where):
        """Refuse options that contradict each other."""
        for position, item in enumerate(self.networks):
            if any(item.name == other.name for other in self.networks[:position]):
                raise Invalid(
                    "%snetworks[%d]" % (where, position), "%s is listed twice; list each network once" % item.name
                )
        for position, port in enumerate(self.ports):
            port.check("%sports[%d]." % (where, position))


def check_apart(containers, where):
    """Refuse containers of one network that have a name or a namespace in common.

    Args:
        containers: tuple of `Container`.
        where: path of the list.
    """
    names, namespaces = {}, {}
    for position, item in enumerate(containers):
        path = "%s[%d]" % (where, position)
        for name in (item.name, *item.hosts):
            other = names.setdefault(name, position)
            if other != position:
                option = ".name" if name == item.name else ".hosts"
                raise Invalid(path + option, "%s is already a name of %s[%d]; give each its own" % (name, where, other))
        other = namespaces.setdefault(item.namespace, position)
        if other != position:
            raise Invalid(
                path + ".netns", "%s is already the namespace of %s[%d]; give another" % (item.namespace, where, other)
            )
