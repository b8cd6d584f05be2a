# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that add and remove routes and rules of policy routing, as data."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespace_words import where


@dataclass(frozen=True)
class AddRoute:
    """Add a route with our mark, or replace the one to the same destination with the same metric."""

    netns: str
    device: str
    route: object

    def describe(self):
        return ("add route %s dev %s%s" % (self.route, self.device, where(self.netns)),)


@dataclass(frozen=True)
class RemoveRoute:
    """Remove a route."""

    netns: str
    device: str
    route: object

    def describe(self):
        return ("remove route %s dev %s%s" % (self.route, self.device, where(self.netns)),)


@dataclass(frozen=True)
class AddRule:
    """Add a rule of routing by source, with our mark."""

    netns: str
    rule: object

    def describe(self):
        return ("add rule %s%s" % (self.rule, where(self.netns)),)


@dataclass(frozen=True)
class RemoveRule:
    """Remove a rule of routing by source."""

    netns: str
    rule: object

    def describe(self):
        return ("remove rule %s%s" % (self.rule, where(self.netns)),)
