# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that create, change and remove network interfaces, as data. ``netns`` is None for the host's own namespace."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespace_words import where


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

    def changes(self):
        """Return triples of setting, old and new value."""
        before, after = self.before, self.after
        found = [
            ("mac", before.mac, after.mac),
            ("mtu", before.mtu, after.mtu),
            ("master", before.master, after.master),
        ]
        for old, new in ((before.settings, after.settings), (before.bridge, after.bridge), (before.port, after.port)):
            found += [(name, (old or {}).get(name), value) for name, value in sorted((new or {}).items())]
        settled = [name for name, old, new in found if old != new]
        found += [
            ("declared " + name, before.chosen.get(name), value)
            for name, value in sorted(after.chosen.items())
            if name not in settled
        ]
        found += [("owner", before.owner, after.owner), ("up", before.up, after.up)]
        found.append(("mark", before.marked, after.marked))
        return [(name, old, new) for name, old, new in found if old != new and (new is not None or name == "master")]

    def describe(self):
        return tuple(
            "set %s of %s%s: %s -> %s" % (name, self.after.name, where(self.netns), _word(old), _word(new))
            for name, old, new in self.changes()
        )


def _word(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


@dataclass(frozen=True)
class Announce:
    """Tell the neighbours of an interface its hardware address; what made that necessary is told by other steps."""

    netns: str
    device: str

    def describe(self):
        return ()


@dataclass(frozen=True)
class DeleteLink:
    """Remove a link of ours from the host's own namespace; a veth's other end goes with it."""

    name: str
    kind: str

    def describe(self):
        return ("delete %s %s" % (self.kind, self.name),)


@dataclass(frozen=True)
class NotePair:
    """Note on the host what a veth pair of this name is to have inside; `alone` where no other step tells of it."""

    link: object
    alone: bool = False

    def describe(self):
        return ("note what %s has in namespace %s" % (self.link.name, self.link.netns),) if self.alone else ()


@dataclass(frozen=True)
class ShapeLink:
    """Limit the rates of a veth pair by its host's end; `shaping` with no rate takes the limits away."""

    name: str
    shaping: object

    def describe(self):
        rates = (("to", self.shaping.rate_to_container), ("from", self.shaping.rate_from_container))
        words = ["%s container %s" % (way, "%d bit/s" % rate if rate else "unlimited") for way, rate in rates]
        return ("limit %s: %s" % (self.name, ", ".join(words)),)
