# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared resource `Network`: a bridge network with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import (
    LOWEST_MTU_OF_IPV6,
    address,
    check_mtu,
    check_subnet,
    check_usable,
    in_subnet,
    networks,
    subnets,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.container import Container, check_apart
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import HOST_ACCESS, Forwarding
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import (
    INTERFACE_BYTES,
    interface_name,
    network_name,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import within
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import option, option_list, option_of
from ansible_collections.hostnet.containers.plugins.module_utils.declare.resolver_options import (
    name_servers,
    resolver_options,
    search_domains,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.source_nat import as_written, source_nat
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid

# That of Ethernet, for a host without a default route.
_USUAL_MTU = 1500


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
        mtu: bytes; None for that of the interface with the default route.
        internal: no traffic leaves or enters by other interfaces.
        isolate: no traffic to or from other networks.
        icc: containers may talk to each other.
        direct_access: container addresses can be reached from outside the host without a published port.
        host_access: what of the host itself the containers may open, as `Forwarding.host_access`.
        deny_destinations: networks that the containers may not reach.
        forward_policy: what happens to the policy of the FORWARD chain, as `Forwarding.forward_policy`.
        masquerade: whether containers reach the outside under the host's address, or a tuple of fixed addresses under
            which they do.
        anti_spoof: whether only a container's own MAC and IP addresses may leave it; None for wherever that can be had.
        dns: whether a DNS server answers for the names of the network on the gateways.
        dns_servers: name servers of the containers, or, with `dns`, those that its server asks; None for the host's.
        dns_search: domains that are tried behind names without a dot; None for the host's.
        dns_options: options of ``resolv.conf``; None for the host's.
        containers: tuple of `Container`; None to leave those on record as they are.
        purge: whether containers and ports that are no longer declared go.
        uplink_mtu: that of the interface with the default route, as far as it is known. It cannot be declared.
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
    forward_policy: str = option_of(Forwarding, "forward_policy")
    masquerade: object = option("raw", source_nat, default=True, write=as_written)
    anti_spoof: bool = option("bool")
    dns: bool = option("bool", default=False)
    dns_servers: tuple = option("list", name_servers, elements="str")
    dns_search: tuple = option("list", search_domains, elements="str")
    dns_options: tuple = option("list", resolver_options, elements="str")
    containers: tuple = option_list(Container, required=("name",), default=None)
    purge: bool = option("bool", default=True)
    uplink_mtu: int = None

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
    def link_mtu(self):
        """Bytes, of the bridge and the containers' interfaces."""
        if self.mtu is not None:
            return self.mtu
        lowest = LOWEST_MTU_OF_IPV6 if any(item.version == 6 for item in self.subnets) else 0
        return max(self.uplink_mtu or _USUAL_MTU, lowest)

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
        self._check_masquerade(where)
        if self.internal and self.dns and self.dns_servers:
            raise Invalid(where + "dns_servers", "contradicts internal: the DNS server there asks nobody")
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

    def _check_masquerade(self, where):
        if isinstance(self.masquerade, bool):
            return
        if self.internal:
            raise Invalid(where + "masquerade", "contradicts internal: no traffic leaves an internal network")
        for item in self.masquerade:
            if not any(subnet.version == item.version for subnet in self.subnets):
                raise Invalid(
                    where + "masquerade",
                    "%s is IPv%d, and the network has no IPv%d subnet; leave it out, or add a subnet"
                    % (item, item.version, item.version),
                )

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
