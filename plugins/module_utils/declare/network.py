# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared resource `Network`: a bridge network with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import address, networks
from ansible_collections.hostnet.containers.plugins.module_utils.declare.container import SPEC as CONTAINER_SPEC
from ansible_collections.hostnet.containers.plugins.module_utils.declare.container import containers
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import HOST_ACCESS
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import (
    INTERFACE_BYTES,
    interface_name,
    network_name,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import within
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import option
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid


def gateways(values):
    """Parse addresses of the host, none twice."""
    parsed = tuple(address(value) for value in values)
    if len(set(parsed)) != len(parsed):
        raise ValueError("an address is listed twice; list each gateway once")
    return parsed


@dataclass(frozen=True)
class Network:
    """A bridge network.

    Attributes:
        name: of the network; also the owner of all that it consists of.
        bridge: interface name; None for ``br-`` and the name of the network.
        subnets: of the bridge, IPv4 and IPv6.
        gateways: the host's addresses; None for the first address of each subnet.
        reserved: networks whose addresses are not allocated.
        mtu: bytes.
        internal: no traffic leaves or enters by other interfaces.
        isolate: no traffic to or from other networks.
        icc: containers may talk to each other.
        direct_access: container addresses can be reached from outside the host without a published port.
        host_access: what of the host itself the containers may open, as `Forwarding.host_access`.
        deny_destinations: networks that the containers may not reach.
        masquerade: containers reach the outside under the host's address.
        dns: whether a DNS server answers for the names of the network on the gateways.
        containers: tuple of `Container`.
        purge: whether containers and ports that are no longer declared go.
    """

    name: str = option("str", network_name)
    bridge: str = option("str", interface_name)
    subnets: tuple = option("list", networks, elements="str", default=())
    gateways: tuple = option("list", gateways, elements="str")
    reserved: tuple = option("list", networks, elements="str", default=())
    mtu: int = option("int", within(68, 65535, " bytes"))
    internal: bool = option("bool", default=False)
    isolate: bool = option("bool", default=True)
    icc: bool = option("bool", default=True)
    direct_access: bool = option("bool", default=False)
    host_access: str = option("str", choices=HOST_ACCESS)
    deny_destinations: tuple = option("list", networks, elements="str", default=())
    masquerade: bool = option("bool", default=True)
    dns: bool = option("bool", default=False)
    containers: tuple = option("list", containers, elements="dict", options=CONTAINER_SPEC, default=())
    purge: bool = option("bool", default=True)

    KIND = "network"
    LIST = "networks"
    KEY = ("name",)
    NEEDED = ("subnets",)

    @property
    def key(self):
        """What makes it this one and no other."""
        return self.name

    @property
    def owner(self):
        """The owner of all that it consists of."""
        return self.name

    @property
    def bridge_name(self):
        """The name of its bridge."""
        return self.bridge or "br-" + self.name

    @property
    def gateway_of(self):
        """Dict from each subnet to the host's address in it; a declared list may leave subnets out."""
        if self.gateways is None:
            return {subnet: first_address(subnet) for subnet in self.subnets}
        return {subnet: item for subnet in self.subnets for item in self.gateways if item in subnet}

    def check(self, where):
        """Refuse options that contradict each other."""
        if len(self.bridge_name) > INTERFACE_BYTES:
            raise Invalid(
                where + "name",
                "the bridge would be %s, which is longer than %d characters; give a shorter one with bridge"
                % (self.bridge_name, INTERFACE_BYTES),
            )
        for position, subnet in enumerate(self.subnets):
            if subnet.num_addresses < 4:
                raise Invalid(
                    where + "subnets", "%s has no room for a gateway and a container; give a larger one" % subnet
                )
            for other in self.subnets[:position]:
                if other.version == subnet.version and other.overlaps(subnet):
                    raise Invalid(where + "subnets", "%s overlaps %s; give each its own range" % (subnet, other))
        for item in self.gateways or ():
            if not any(item in subnet for subnet in self.subnets):
                raise Invalid(where + "gateways", "%s is in none of the subnets" % item)
        if self.dns and not self.gateway_of:
            raise Invalid(where + "dns", "its server answers on the gateways, and there is none; give gateways")
        if self.dns and self.host_access == "none":
            raise Invalid(
                where + "host_access", "none closes the network's DNS server, too; choose published, or leave out dns"
            )
        if self.internal and self.direct_access:
            raise Invalid(where + "direct_access", "contradicts internal: no traffic enters an internal network")
        for container in self.containers:
            self._check_container(where, container)

    def _check_container(self, where, container):
        if self.internal and container.ports:
            raise Invalid(
                where + "containers",
                "%s publishes ports, but no traffic enters an internal network; leave out ports or internal"
                % container.name,
            )
        if any(item.name == self.name for item in container.networks):
            raise Invalid(
                where + "containers", "%s lists its own network %s under networks" % (container.name, self.name)
            )
        for item in container.addresses or ():
            ip = getattr(item, "ip", item)
            if not any(ip in subnet for subnet in self.subnets):
                raise Invalid(
                    where + "containers", "the address %s of %s is in none of the subnets" % (ip, container.name)
                )
            if ip in self.gateway_of.values():
                raise Invalid(where + "containers", "the address %s of %s is the gateway" % (ip, container.name))


def first_address(subnet):
    """The address that is the gateway unless another is declared."""
    return subnet.network_address + 1


def attachments(networks):
    """Yield declaring network, container and attachment for every interface of every container."""
    for owner, network in networks.items():
        for container in network.containers:
            for attachment in container.attached_to(owner):
                yield owner, container, attachment
