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
        whole: False if somebody took away the routes that the kernel makes of it.
    """

    interface: object
    ours: bool = field(default=True, compare=False)
    whole: bool = field(default=True, compare=False)


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
        netns: of our veth's host end: the namespace that the other end belongs into.
        peer: of our veth's host end: the name that the other end is to have there.
        displaced: of our veth's host end: None if the other end is there; else the namespace and the name where it is
            found, or nothing if that is in none that was looked into.
        noted: of our veth's host end: the addresses that the host noted for the other end; None where it noted none.
        end_of: of an interface in a namespace that is the other end of a pair of ours: the name of the host's end.
        marked: of an interface in a namespace: whether it bears the mark of its owner, which is there for people.
        altnames: of an interface in a namespace: its other names.
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
    displaced: tuple = None
    noted: tuple = None
    end_of: str = field(default=None, compare=False)
    marked: bool = True
    altnames: tuple = ()
    shaping: Shaping = Shaping()
    anti_spoof: object = None
    chosen: dict = field(default_factory=dict)
    index: int = field(default=0, compare=False)

    @property
    def ours(self):
        """Whether this collection made it."""
        return self.owner is not None

    @property
    def other_end(self):
        """Of our veth's host end: the namespace and the name where the other end is; nothing if that is not known."""
        return (self.netns, self.peer) if self.displaced is None else self.displaced

    def with_addresses(self, wanted):
        """Return the link with exactly these addresses of ours, those of others untouched.

        Args:
            wanted: interface addresses, or None to leave all as they are.
        """
        if wanted is None:
            return self
        kept = [item for item in self.addresses if not item.ours or item.whole and item.interface in wanted]
        present = {item.interface for item in kept}
        added = [Address(interface) for interface in wanted if interface not in present]
        return dataclasses.replace(self, addresses=tuple(kept + added))
