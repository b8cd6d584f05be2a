# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A container of a network: a namespace, its interfaces, addresses, names and published ports."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import (
    interface_address,
    mac,
    without_prefix,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import (
    host_names,
    namespace_name,
    network_name,
    sysctls,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import (
    argument_spec,
    option,
    parse,
    require,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish
from ansible_collections.hostnet.containers.plugins.module_utils.declare.short_form import expand
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid


def addresses(values):
    """Parse addresses with or without a prefix length; without one, that of the subnet is taken."""
    return tuple(interface_address(value) if "/" in value else without_prefix(value) for value in values)


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


def attachments(values):
    """Parse names of networks, or dicts with a name and addresses."""
    found = []
    for position, value in enumerate(values):
        options = value if isinstance(value, dict) else {"name": str(value)}
        unknown = sorted(set(options) - set(argument_spec(Attachment)))
        if unknown:
            raise ValueError("element %d has no option %s" % (position, unknown[0]))
        try:
            item = parse(Attachment, options)
            require(item, ("name",))
        except Invalid as error:
            raise ValueError("element %d: %s" % (position, error)) from error
        if any(item.name == other.name for other in found):
            raise ValueError("network %s is listed twice; list each network once" % item.name)
        found.append(item)
    return tuple(found)


def ports(values):
    """Parse published ports: text in Docker's short form, or dicts with options of `PortPublish`."""
    allowed = sorted(set(argument_spec(PortPublish)) - {"container_ip", "bridge"})
    found = []
    for position, value in enumerate(values):
        options = value if isinstance(value, dict) else expand(str(value))
        unknown = sorted(set(options) - set(allowed))
        if unknown:
            raise ValueError("element %d has no option %s; use %s" % (position, unknown[0], ", ".join(allowed)))
        try:
            item = parse(PortPublish, options)
            require(item, ("host_port",))
            item.check("")
        except Invalid as error:
            raise ValueError("element %d: %s" % (position, error)) from error
        found.append(item)
    return tuple(found)


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
    """

    name: str = option("str", namespace_name, required=True)
    netns: str = option("str", namespace_name)
    addresses: tuple = option("list", addresses, elements="str")
    mac: str = option("str", mac)
    ports: tuple = option("list", ports, elements="raw", default=())
    hosts: tuple = option("list", host_names, elements="str", default=())
    networks: tuple = option("list", attachments, elements="raw", default=())
    sysctls: tuple = option("dict", sysctls, default=())

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


SPEC = argument_spec(Container)


def containers(values):
    """Parse a list of dicts into containers, none twice."""
    found, names, namespaces = [], {}, set()
    for position, value in enumerate(values):
        try:
            item = parse(Container, value)
            require(item, ("name",))
        except Invalid as error:
            raise ValueError("element %d: %s" % (position, error)) from error
        for name in (item.name, *item.hosts):
            if names.setdefault(name, position) != position:
                raise ValueError(
                    "element %d: the name %s is already that of element %d" % (position, name, names[name])
                )
        if item.namespace in namespaces:
            raise ValueError(
                "element %d: namespace %s is already that of another container" % (position, item.namespace)
            )
        namespaces.add(item.namespace)
        found.append(item)
    return tuple(found)
