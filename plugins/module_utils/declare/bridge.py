# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared resource `Bridge`: a Linux bridge and its host-side addresses."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import (
    check_interface_addresses,
    interface_addresses,
    mac,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import interface_name, interface_names
from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import within
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import BRIDGE, option
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid


@dataclass(frozen=True)
class Bridge:
    """A bridge. What is None is left as it is.

    Attributes:
        name: interface name.
        addresses: the host's addresses on it, as interface addresses; exact.
        mtu: bytes.
        mac: its hardware address.
        stp: spanning tree protocol.
        forward_delay: seconds.
        ageing_time: seconds after which a learned MAC address is forgotten.
        vlan_filtering: whether ports carry VLAN membership.
        multicast_snooping: whether IGMP and MLD are snooped.
        members: existing interfaces to enslave.
        up: administrative state.
        owner: who declared it; the scope of purge.
    """

    name: str = option("str", interface_name)
    addresses: tuple = option("list", interface_addresses, elements="str")
    mtu: int = option("int", within(68, 65535, " bytes"))
    mac: str = option("str", mac)
    stp: bool = option("bool", setting_of=BRIDGE, born=False)
    forward_delay: int = option("int", within(2, 30, " seconds"), setting_of=BRIDGE, born=15)
    ageing_time: int = option("int", within(0, 1000000, " seconds"), setting_of=BRIDGE, born=300)
    vlan_filtering: bool = option("bool", setting_of=BRIDGE, born=False)
    multicast_snooping: bool = option("bool", setting_of=BRIDGE, born=True)
    members: tuple = option("list", interface_names, elements="str")
    up: bool = option("bool", default=True)
    owner: str = "default"

    KIND = "bridge"
    LIST = "bridges"
    KEY = ("name",)
    NEEDED = ()

    @property
    def key(self):
        """What makes it this one and no other."""
        return self.name

    def check(self, where):
        """Refuse options that contradict each other."""
        check_interface_addresses(self.addresses or (), self.mtu, where)
        if self.name in (self.members or ()):
            raise Invalid(where + "members", "%s is the bridge itself" % self.name)
