# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that clear the way for what is declared inside a namespace of ours, as data."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespace_words import where


@dataclass(frozen=True)
class ClearInterface:
    """Remove an interface whose name is needed; one that cannot be removed gets another name."""

    netns: str
    name: str

    def describe(self):
        return ("remove interface %s%s: it is in the way" % (self.name, where(self.netns)),)


@dataclass(frozen=True)
class ClearOtherName:
    """Take a further name from an interface, since it is needed."""

    netns: str
    device: str
    name: str

    def describe(self):
        return ("remove the name %s of %s%s: it is in the way" % (self.name, self.device, where(self.netns)),)


@dataclass(frozen=True)
class ClearRoute:
    """Remove a route of somebody else by the kernel's own message about it."""

    netns: str
    words: str
    body: bytes = field(repr=False)

    def describe(self):
        return ("remove %s%s: it is in the way" % (self.words, where(self.netns)),)


@dataclass(frozen=True)
class ClearRule(ClearRoute):
    """Remove a rule of somebody else in the same way."""


@dataclass(frozen=True)
class RenameLoopback:
    """Give the loopback interface its name back."""

    netns: str
    name: str

    def describe(self):
        return ("rename %s to lo%s" % (self.name, where(self.netns)),)


@dataclass(frozen=True)
class RestoreLoopback:
    """Give the loopback interface those addresses back that every one has."""

    netns: str
    addresses: tuple

    def describe(self):
        return ("restore %s of lo%s" % (", ".join(map(str, self.addresses)), where(self.netns)),)
