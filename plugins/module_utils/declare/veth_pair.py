# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared resource `VethPair`: a virtual cable between a bridge and a namespace."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import (
    check_interface_addresses,
    gateways,
    interface_addresses,
    mac,
    networks,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.mac_address import derived_mac_address
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import (
    interface_name,
    namespace_name,
    sysctls,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import (
    rate,
    rate_as_written,
    size,
    within,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import (
    INTERFACE,
    PORT,
    option,
    option_list,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.route import (
    Route,
    check_routes,
    in_normal_form,
)
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid


@dataclass(frozen=True)
class VethPair:
    """A veth pair. What is None is left as it is.

    Attributes:
        name: the host's end; None for a name derived from `netns` and `peer`.
        bridge: the bridge that the host's end is a port of.
        netns: the namespace of the other end.
        peer: the name of the other end.
        addresses: of the other end, as interface addresses; exact.
        mac: of the other end.
        mtu: bytes, of both ends.
        queue_length: packets that may wait to be sent, at both ends.
        gateways: next hops of the default routes, at most one for each family.
        routes: static routes by way of the other end.
        hairpin: whether the bridge sends packets back out of the port they came in by.
        isolated: whether the port may exchange packets only with ports that are not isolated.
        sysctls: settings inside the namespace, pairs of key and value.
        rate_to_container: bits per second; 0 for no limit.
        rate_from_container: bits per second; 0 for no limit.
        burst: bytes that may pass at once above the rates; 0 for what is chosen for them.
        anti_spoof: whether only the declared MAC and IP addresses may leave the container.
        allowed_addresses: networks whose addresses may leave it, too.
        guarded_by_default: whether, if `anti_spoof` is None, it is on where the host can have it.
        owner: who declared it; the scope of purge.
    """

    name: str = option("str", interface_name)
    bridge: str = option("str", interface_name)
    netns: str = option("str", namespace_name)
    peer: str = option("str", interface_name, default="eth0")
    addresses: tuple = option("list", interface_addresses, elements="str")
    mac: str = option("str", mac)
    mtu: int = option("int", within(68, 65535, " bytes"))
    queue_length: int = option("int", within(1, 1000000, " packets"), setting_of=INTERFACE)
    gateways: tuple = option("list", gateways, elements="str")
    routes: tuple = option_list(Route, in_normal_form, default=None)
    hairpin: bool = option("bool", setting_of=PORT, born=False)
    isolated: bool = option("bool", setting_of=PORT, born=False)
    sysctls: tuple = option("dict", sysctls, default=(), write=dict)
    rate_to_container: int = option("str", rate, write=rate_as_written)
    rate_from_container: int = option("str", rate, write=rate_as_written)
    burst: int = option("str", size, write=str)
    anti_spoof: bool = option("bool")
    allowed_addresses: tuple = option("list", networks, elements="str")
    guarded_by_default: bool = False
    owner: str = "default"

    KIND = "veth pair"
    LIST = "pairs"
    KEY = ("name", "netns")
    NEEDED = ("netns",)

    @property
    def host_end(self):
        """The name of the host's end. A derived one is stable and tells nothing about the host."""
        if self.name is not None:
            return self.name
        seed = "%s/%s" % (self.netns, self.peer)
        return "veth" + hashlib.sha256(seed.encode()).hexdigest()[:8]

    @property
    def key(self):
        """What makes it this one and no other."""
        return self.host_end

    @property
    def hardware_address(self):
        """The MAC address of the other end: the declared one, or one derived from the first IPv4 address."""
        return self.mac or derived_mac_address(self.addresses, self.netns, self.peer)

    def check(self, where):
        """Refuse options that contradict each other."""
        if self.netns is not None and self.peer == self.name:
            raise Invalid(where + "peer", "%s is also the name of the host's end; choose two names" % self.peer)
        check_interface_addresses(self.addresses or (), self.mtu, where)
        for gateway in self.gateways or ():
            if not any(gateway in item.network for item in self.addresses or ()):
                raise Invalid(
                    where + "gateways",
                    "%s is in none of the subnets of addresses; add an address of its subnet" % gateway,
                )
            if any(gateway == item.ip for item in self.addresses):
                raise Invalid(where + "gateways", "%s is the container's own address; give the bridge's" % gateway)
        check_routes(self.routes or (), where + "routes")
        for position, route in enumerate(self.routes or ()):
            if route.via is not None and not any(route.via in item.network for item in self.addresses or ()):
                raise Invalid(
                    "%s[%d].via" % (where + "routes", position),
                    "%s is in none of the subnets of addresses" % route.via,
                )
        if self.burst and not self.rate_to_container and not self.rate_from_container:
            raise Invalid(where + "burst", "needs rate_to_container or rate_from_container")
        if self.anti_spoof and not self.addresses:
            raise Invalid(where + "anti_spoof", "needs addresses: only declared addresses may leave")
        if self.anti_spoof is False and self.allowed_addresses:
            raise Invalid(where + "allowed_addresses", "says nothing with anti_spoof: false; leave one of them out")
