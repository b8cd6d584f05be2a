# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that add and remove addresses, as data. ``netns`` is None for the host's own namespace."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespace_words import where


@dataclass(frozen=True)
class AddAddress:
    """Add an address with our mark, without duplicate address detection, and announce it to the neighbours."""

    netns: str
    device: str
    interface: object

    def describe(self):
        return ("add address %s to %s%s" % (self.interface, self.device, where(self.netns)),)


@dataclass(frozen=True)
class RemoveAddress:
    """Remove an address."""

    netns: str
    device: str
    interface: object

    def describe(self):
        return ("remove address %s from %s%s" % (self.interface, self.device, where(self.netns)),)
