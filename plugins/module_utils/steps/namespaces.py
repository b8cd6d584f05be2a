# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that create and remove network namespaces, as data."""

from __future__ import annotations

from dataclasses import dataclass


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
class AdoptNamespace:
    """Note on the host whose a namespace of an earlier version is; with the owner None, forget it again."""

    name: str
    owner: str

    def describe(self):
        return ("%s namespace %s" % ("let go of" if self.owner is None else "take over", self.name),)


@dataclass(frozen=True)
class HandOverNamespace:
    """Have a namespace, or a name of ours of somebody else's, belong to another owner."""

    name: str
    before: str
    owner: str
    attached: bool

    def describe(self):
        return ("set owner of namespace %s: %s -> %s" % (self.name, self.before, self.owner),)


@dataclass(frozen=True)
class DeleteNamespace:
    """Remove the name of a namespace; the kernel removes the namespace when nothing uses it any more."""

    name: str

    def describe(self):
        return ("delete namespace %s" % self.name,)
