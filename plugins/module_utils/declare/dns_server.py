# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resource `DnsServer`: the DNS server of a network, a part of a declared `Network`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DnsServer:
    """A server that answers for the names of one network, and forwards all other queries.

    Attributes:
        owner: name of the network.
        bridge: interface name.
        addresses: the host's addresses on the bridge where it answers, a tuple.
        internal: whether it answers for the names of the network only.
        servers: addresses of the name servers that it asks, a tuple; empty for those of the host.
    """

    owner: str = None
    bridge: str = None
    addresses: tuple = ()
    internal: bool = False
    servers: tuple = ()

    @property
    def key(self):
        """What makes it this one and no other."""
        return self.bridge

    def of_family(self, family):
        """Return its addresses of one family."""
        return tuple(item for item in self.addresses if item.version == family)
