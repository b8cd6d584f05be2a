# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared resource `Network`: a bridge network with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import (
    address,
    check_mtu,
    check_subnet,
    check_usable,
    in_subnet,
    networks,
    subnets,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.container import Container, check_apart
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import HOST_ACCESS
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import (
    INTERFACE_BYTES,
    interface_name,
    network_name,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import within
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import option, option_list
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
        subnets: of the bridge, IPv4 and IPv6. The default route is by the first of each family.
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
        anti_spoof: whether only a container's own MAC and IP addresses may leave it; None for wherever that can be had.
        dns: whether a DNS server answers for the names of the network on the gateways.
        containers: tuple of `Container`; None to leave those on record as they are.
        purge: whether containers and ports that are no longer declared go.
    """

    name: str = option("str", network_name)
    bridge: str = option("str", interface_name)
    subnets: tuple = option("list", subnets, elements="str", default=())
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
    anti_spoof: bool = option("bool")
    dns: bool = option("bool", default=False)
    containers: tuple = option_list(Container, required=("name",), default=None)
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
            return {subnet: first_address(subnet) for subnet in self.subnets if subnet.num_addresses > 1}
        return {subnet: item for subnet in self.subnets for item in self.gateways if item in subnet}

    @property
    def by_preference(self):
        """The subnets in the user's order, those without a gateway last."""
        return sorted(self.subnets, key=lambda subnet: subnet not in self.gateway_of)

    def check(self, where):
        """Refuse options that contradict each other. What the parts of a network are refused for is checked there."""
        if len(self.bridge_name) > INTERFACE_BYTES:
            raise Invalid(
                where + "name",
                "the bridge would be %s, which is longer than %d characters; give a shorter one with bridge"
                % (self.bridge_name, INTERFACE_BYTES),
            )
        self._check_subnets(where)
        if self.dns and not self.gateway_of:
            raise Invalid(where + "dns", "its server answers on the gateways, and there is none; give gateways")
        if self.dns and self.host_access == "none":
            raise Invalid(
                where + "host_access", "none closes the network's DNS server, too; choose published, or leave out dns"
            )
        if self.internal and self.direct_access:
            raise Invalid(where + "direct_access", "contradicts internal: no traffic enters an internal network")
        check_apart(self.containers or (), where + "containers")
        for position, container in enumerate(self.containers or ()):
            path = "%scontainers[%d]." % (where, position)
            container.check(path)
            self._check_container(path, container)

    def _check_subnets(self, where):
        for position, subnet in enumerate(self.subnets):
            check_subnet(subnet, where + "subnets")
            for other in self.subnets[:position]:
                if other.version == subnet.version and other.overlaps(subnet):
                    raise Invalid(where + "subnets", "%s overlaps %s; give each its own range" % (subnet, other))
        check_mtu(self.subnets, self.mtu, where)
        taken = {}
        for item in self.gateways or ():
            subnet = next((subnet for subnet in self.subnets if item in subnet), None)
            if subnet is None:
                raise Invalid(where + "gateways", "%s is in none of the subnets" % item)
            if taken.setdefault(subnet, item) != item:
                raise Invalid(
                    where + "gateways",
                    "%s and %s are both in %s; give one gateway for each subnet" % (taken[subnet], item, subnet),
                )
            check_usable(in_subnet(item, subnet), where + "gateways")

    def _check_container(self, where, container):
        if self.internal and container.ports:
            raise Invalid(
                where + "ports",
                "%s publishes ports, but no traffic enters an internal network; leave out ports or internal"
                % container.name,
            )
        for position, item in enumerate(container.networks):
            if item.name == self.name:
                raise Invalid(
                    "%snetworks[%d]" % (where, position),
                    "%s lists its own network %s; leave that out" % (container.name, self.name),
                )
        self.check_addresses(container.name, container.addresses or (), where)

    def check_addresses(self, name, addresses, where):
        """Refuse addresses that a container cannot have in this network.

        Args:
            name: of the container.
            addresses: with or without a prefix length.
            where: prefix of the option, for the message.
        """
        for item in addresses:
            ip = getattr(item, "ip", item)
            subnet = next((subnet for subnet in self.subnets if ip in subnet), None)
            if subnet is None:
                raise Invalid(
                    where + "addresses",
                    "the address %s of %s is in none of the subnets of network %s" % (ip, name, self.name),
                )
            if item is not ip and item.network != subnet:
                raise Invalid(
                    where + "addresses",
                    "the address %s of %s has another prefix length than the subnet %s; write %s"
                    % (item, name, subnet, ip),
                )
            if ip in self.gateway_of.values():
                raise Invalid(
                    where + "addresses",
                    "the address %s of %s is the gateway of network %s; give another" % (ip, name, self.name),
                )
            check_usable(in_subnet(ip, subnet), where + "addresses")


def first_address(subnet):
    """The address that is the gateway unless another is declared."""
    return subnet.network_address + (1 if subnet.num_addresses > 2 else 0)


def attachments(networks):
    """Yield declaring network, container and attachment for every interface of every container."""
    for owner, network in networks.items():
        for container in network.containers or ():
            for attachment in container.attached_to(owner):
                yield owner, container, attachment
