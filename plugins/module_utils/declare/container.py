# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A container of a network: a namespace, its interfaces, addresses, names and published ports."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ansible_collections.hostnet.containers.plugins.module_utils.declare.attachment import (
    Attachment,
    Interface,
    attachment_of,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import (
    container_name,
    host_names,
    namespace_name,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.netns import FOLDER, Netns
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import option, option_list, option_of
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid


@dataclass(frozen=True)
class Container(Interface):
    """A container as it is declared in a network. What it is as an `Interface`, is that on this network.

    Attributes:
        name: the name by which other containers find it.
        netns: its namespace; None for one of the same name.
        pid: its namespace is that of this process; None for one of its own, or one that has its name already.
        path: its namespace is that mounted on, or linked from, this file.
        ports: published ports, as `PortPublish` without a target address.
        hosts: further names by which other containers find it.
        networks: further networks, as `Attachment`.
        sysctls: settings inside its namespace, pairs of key and value.
    """

    name: str = option("str", container_name, required=True)
    netns: str = option("str", namespace_name)
    pid: int = option_of(Netns, "pid")
    path: str = option_of(Netns, "path")
    ports: tuple = option_list(PortPublish, without=("container_ip", "bridge"), required=("host_port",))
    hosts: tuple = option("list", host_names, elements="str", default=())
    networks: tuple = option_list(Attachment, required=("name",))
    sysctls: tuple = option_of(Netns, "sysctls", default=())

    KIND = "a container"

    @property
    def namespace(self):
        """The name of its namespace."""
        return self.netns or self.name

    def as_netns(self, owner):
        """Return the declared namespace. One that is named with `netns` may be of others, and only used."""
        lent = self.netns is not None and self.pid is None and self.path is None
        return Netns(
            name=self.namespace, sysctls=self.sysctls, pid=self.pid, path=self.path, borrowed=lent, owner=owner
        )

    @property
    def recorded(self):
        """What lasts of it: a process goes, and from then on its namespace is the one that has the name."""
        return self if self.pid is None else replace(self, pid=None, path="%s/%s" % (FOLDER, self.namespace))

    def attached_to(self, network):
        """Return its `Attachment` to every network, that which declares it first, each with its name there."""
        further = (attachment_of(item.name, item, number) for number, item in enumerate(self.networks, start=1))
        return (attachment_of(network, self, 0), *further)

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
