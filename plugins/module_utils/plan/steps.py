# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a plan that the kernel carries out, as data.

`describe` gives a step's lines for `actions`; an adapter performs it. Those of the firewall and of files are beside it.

``netns`` is the name of a namespace, or None for the host's own.
"""

from __future__ import annotations

from dataclasses import dataclass


def _where(netns):
    return " in namespace %s" % netns if netns else ""


@dataclass(frozen=True)
class CreateNamespace:
    """Make a namespace that carries its owner's mark from its first moment."""

    name: str
    owner: str
    loopback: bool

    def describe(self):
        return ("create namespace %s" % self.name,)


@dataclass(frozen=True)
class AttachNamespace:
    """Give a name to a namespace that somebody else made."""

    name: str
    owner: str
    source: tuple

    def describe(self):
        return ("attach namespace %s to %s %s" % ((self.name,) + self.source),)


@dataclass(frozen=True)
class DeleteNamespace:
    """Remove the name of a namespace; the kernel removes the namespace when nothing uses it any more."""

    name: str

    def describe(self):
        return ("delete namespace %s" % self.name,)


@dataclass(frozen=True)
class CreateBridge:
    """Make a bridge; `link` says how. Its addresses are steps of their own."""

    link: object

    def describe(self):
        return ("create bridge %s" % self.link.name,)


@dataclass(frozen=True)
class CreateVeth:
    """Make a veth pair: `link` is the host's end, `peer` the end that is born in the namespace."""

    link: object
    peer: object

    def describe(self):
        link = self.link
        bridge = " in bridge %s" % link.master if link.master else ""
        return ("create veth %s%s, peer %s in namespace %s" % (link.name, bridge, link.peer, link.netns),)


@dataclass(frozen=True)
class ChangeLink:
    """Change settings of a link from `before` to `after`; addresses, limits and guards are steps of their own."""

    netns: str
    before: object
    after: object

    FIELDS = ("mac", "mtu", "master", "bridge", "port", "up")

    def changes(self):
        """Return triples of setting, old and new value."""
        found = []
        for name in self.FIELDS:
            old, new = getattr(self.before, name), getattr(self.after, name)
            if old == new or new is None and name != "master":
                continue
            if name in ("bridge", "port"):
                found += [
                    (key, getattr(old, key, None), value)
                    for key, value in sorted(vars(new).items())
                    if getattr(old, key, None) != value
                ]
            else:
                found.append((name, old, new))
        return found

    def describe(self):
        return tuple(
            "set %s of %s%s: %s -> %s" % (name, self.after.name, _where(self.netns), _word(old), _word(new))
            for name, old, new in self.changes()
        )


def _word(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


@dataclass(frozen=True)
class DeleteLink:
    """Remove a link of ours from the host's own namespace; a veth's other end goes with it."""

    name: str
    kind: str

    def describe(self):
        return ("delete %s %s" % (self.kind, self.name),)


@dataclass(frozen=True)
class AddAddress:
    """Add an address with our mark, without duplicate address detection, and announce it to the neighbours."""

    netns: str
    device: str
    interface: object

    def describe(self):
        return ("add address %s to %s%s" % (self.interface, self.device, _where(self.netns)),)


@dataclass(frozen=True)
class RemoveAddress:
    """Remove an address."""

    netns: str
    device: str
    interface: object

    def describe(self):
        return ("remove address %s from %s%s" % (self.interface, self.device, _where(self.netns)),)


@dataclass(frozen=True)
class AddRoute:
    """Add a route with our mark, or replace the one to the same destination with the same metric."""

    netns: str
    device: str
    route: object

    def describe(self):
        return ("add route %s dev %s%s" % (self.route, self.device, _where(self.netns)),)


@dataclass(frozen=True)
class RemoveRoute:
    """Remove a route."""

    netns: str
    device: str
    route: object

    def describe(self):
        return ("remove route %s dev %s%s" % (self.route, self.device, _where(self.netns)),)


@dataclass(frozen=True)
class AddRule:
    """Add a rule of routing by source, with our mark."""

    netns: str
    rule: object

    def describe(self):
        return ("add rule %s%s" % (self.rule, _where(self.netns)),)


@dataclass(frozen=True)
class RemoveRule:
    """Remove a rule of routing by source."""

    netns: str
    rule: object

    def describe(self):
        return ("remove rule %s%s" % (self.rule, _where(self.netns)),)


@dataclass(frozen=True)
class SetSysctl:
    """Write a kernel setting. `implied` ones belong to another step: a kernel that lacks the key needs no write."""

    netns: str
    key: str
    value: str
    implied: bool = False

    def describe(self):
        return () if self.implied else ("set %s = %s%s" % (self.key, self.value, _where(self.netns)),)


@dataclass(frozen=True)
class ShapeLink:
    """Limit the rates of a veth pair by its host's end; `shaping` with no rate takes the limits away."""

    name: str
    shaping: object

    def describe(self):
        rates = (("to", self.shaping.rate_to_container), ("from", self.shaping.rate_from_container))
        words = ["%s container %s" % (way, "%d bit/s" % rate if rate else "unlimited") for way, rate in rates]
        return ("limit %s: %s" % (self.name, ", ".join(words)),)


@dataclass(frozen=True)
class ForgetConnections:
    """Delete tracked connections that lead to a withdrawn target, or that are older than a published port."""

    withdrawn: tuple
    published: tuple

    def describe(self):
        return ()
