# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared resource `Masquerade`: source NAT for packets that leave a subnet."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import (
    address,
    check_subnet,
    networks,
    subnet,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import interface_name
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import option
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid


@dataclass(frozen=True)
class Masquerade:
    """Source NAT of one subnet.

    Attributes:
        source: the subnet whose packets are rewritten.
        bridge: traffic that leaves by this bridge is left alone.
        out_interface: only traffic that leaves by this interface is rewritten.
        to_source: the address to write; None for that of the interface the packet leaves by.
        exclude: destinations that are left alone.
        random_fully: whether source ports are chosen at random.
        owner: who declared it; the scope of purge.
    """

    source: object = option("str", subnet)
    bridge: str = option("str", interface_name)
    out_interface: str = option("str", interface_name)
    to_source: object = option("str", address)
    exclude: tuple = option("list", networks, elements="str", default=())
    random_fully: bool = option("bool", default=False)
    owner: str = "default"

    KIND = "masquerade rule"
    LIST = "rules"
    KEY = ("source",)
    NEEDED = ()

    @property
    def key(self):
        """What makes it this one and no other."""
        return (str(self.source), self.out_interface or "")

    @property
    def family(self):
        """4 or 6."""
        return self.source.version

    def check(self, where):
        """Refuse options that contradict each other."""
        if self.source.prefixlen:
            check_subnet(self.source, where + "source")
        elif self.out_interface is None or self.bridge is not None:
            raise Invalid(
                where + "source", "%s is every address; give out_interface and no bridge with it" % self.source
            )
        if self.to_source is not None and (self.to_source.is_multicast or self.to_source.is_unspecified):
            raise Invalid(where + "to_source", "%s is not an address of the host" % self.to_source)
        if self.to_source is not None and self.to_source.version != self.family:
            raise Invalid(where + "to_source", "%s is not of the family of source %s" % (self.to_source, self.source))
        for item in self.exclude:
            if item.version != self.family:
                raise Invalid(where + "exclude", "%s is not of the family of source %s" % (item, self.source))
        if self.bridge is not None and self.bridge == self.out_interface:
            raise Invalid(
                where + "out_interface", "%s is also the bridge, whose own traffic is left alone" % self.bridge
            )
