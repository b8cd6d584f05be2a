# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is in a network namespace whoever made it: for reports, and for what must not be overlapped."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Neighbour:
    """An entry of the neighbour table (ARP, neighbour discovery).

    Attributes:
        ip: address.
        mac: hardware address in lower case; None where it is not known.
        device: interface name.
        state: ``reachable``, ``stale``, ``permanent`` and so on.
    """

    ip: object
    mac: str
    device: str
    state: str


@dataclass(frozen=True)
class Inventory:
    """One namespace.

    Attributes:
        routes: pairs of `Route` and interface name, of the main table.
        neighbours: tuple of `Neighbour`.
    """

    routes: tuple = ()
    neighbours: tuple = field(default=())
