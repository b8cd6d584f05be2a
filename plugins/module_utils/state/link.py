# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network interface, as a frozen value. A field that is None was not observed or does not apply."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Address:
    """An address of an interface.

    Attributes:
        interface: an `ipaddress` interface (address and prefix length).
        ours: whether this collection added it.
    """

    interface: object
    ours: bool = field(default=True, compare=False)


@dataclass(frozen=True)
class Shaping:
    """Limits of a veth pair. Rates are in bits per second, the burst in bytes; None is no limit."""

    rate_to_container: int = None
    rate_from_container: int = None
    burst: int = None


@dataclass(frozen=True)
class Link:
    """A network interface.

    Settings that are simple values travel in three dicts, from a setting's name to its value, which are never changed
    in place. A setting that is in none of them is left as it is. No code but the one that decides about a setting
    names it: what is declared gets in by `settings_of`, what is observed by the table `kernel.links.attributes`.

    Attributes:
        name: its name.
        kind: ``bridge``, ``veth`` or what else the kernel calls it; empty for hardware.
        owner: who declared it to this collection; None for an interface that is not ours.
        complete: False for a link of ours that an interrupted run left half-made.
        mac: hardware address in lower case.
        mtu: bytes.
        up: administrative state.
        master: name of the bridge that it is a port of.
        enslaved: whether this collection made it a port though it is not ours.
        addresses: tuple of `Address`.
        settings: of the interface itself.
        bridge: of a bridge, what it has as such; else None.
        port: of a port of a bridge, what it has as such; else None.
        netns: of our veth's host end: the namespace of the other end.
        peer: of our veth's host end: the name of the other end.
        shaping: of our veth's host end: its limits.
        anti_spoof: of our veth's host end: the `Guard` that says what may leave the container; None for anything.
        chosen: of our port of a bridge: those settings of it that were asked for, and hence do not follow from what
            the host needs.
        index: the kernel's number; 0 for a link that is still to be made.
    """

    name: str
    kind: str = ""
    owner: str = None
    complete: bool = True
    mac: str = None
    mtu: int = None
    up: bool = False
    master: str = None
    enslaved: bool = False
    addresses: tuple = ()
    settings: dict = field(default_factory=dict)
    bridge: dict = None
    port: dict = None
    netns: str = None
    peer: str = None
    shaping: Shaping = Shaping()
    anti_spoof: object = None
    chosen: dict = field(default_factory=dict)
    index: int = field(default=0, compare=False)

    @property
    def ours(self):
        """Whether this collection made it."""
        return self.owner is not None

    def with_addresses(self, wanted):
        """Return the link with exactly these addresses of ours, those of others untouched.

        Args:
            wanted: interface addresses, or None to leave all as they are.
        """
        if wanted is None:
            return self
        kept = [item for item in self.addresses if item.interface in wanted or not item.ours]
        present = [item.interface for item in kept]
        added = [Address(interface) for interface in wanted if interface not in present]
        return dataclasses.replace(self, addresses=tuple(kept + added))
