# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of frames on bridges, port by port, as frozen values."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Guard:
    """What may leave a container by its port; nothing else may.

    Attributes:
        mac: its hardware address.
        addresses: tuple of networks that hold the declared addresses and no others.
        allowed: tuple of further networks whose addresses it may bear.
        intact: False for one whose rules were tampered with.
    """

    mac: str
    addresses: tuple
    allowed: tuple = ()
    intact: bool = True

    def __str__(self):
        return "only %s with %s" % (self.mac, ", ".join(map(_shown, (*self.addresses, *self.allowed))))


def guard(mac, addresses, allowed=()):
    """Return the guard of a container.

    Args:
        mac: its hardware address.
        addresses: its addresses or networks of one.
        allowed: further networks.
    """
    return Guard(mac, _collapsed(ipaddress.ip_network(item) for item in addresses), _collapsed(allowed))


def _collapsed(networks):
    """One way to write a set of addresses, so that two that hold the same are equal."""
    networks = tuple(networks)
    families = ([item for item in networks if item.version == family] for family in (4, 6))
    return tuple(item for found in families for item in ipaddress.collapse_addresses(found))


def _shown(network):
    return str(network.network_address if network.num_addresses == 1 else network)


@dataclass(frozen=True)
class BridgeTable:
    """The rules on frames of this collection.

    Attributes:
        ports: names of the ports of containers.
        guards: dict from port to `Guard`.
        reflecting: the ports that get back what they sent only if the firewall rewrote its destination.
        apart: the ports that exchange no frames with each other, but those whose destination the firewall rewrote.
        intact: False if something in the table, apart from guards, is not as we write it.
        obstacle: why the host can have no such table; None if it can.
    """

    ports: frozenset = frozenset()
    guards: dict = field(default_factory=dict)
    reflecting: frozenset = frozenset()
    apart: frozenset = frozenset()
    intact: bool = True
    obstacle: str = field(default=None, compare=False)

    @property
    def empty(self):
        """Whether there is no need for a table."""
        return not self.ports and not self.guards and self.intact
