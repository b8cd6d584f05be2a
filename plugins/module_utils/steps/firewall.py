# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a plan that the programs of the firewall carry out, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FilterFrames:
    """Bring our rules on frames from one `BridgeTable` to another in one transaction."""

    before: object
    after: object
    lines: tuple

    def describe(self):
        return self.lines


@dataclass(frozen=True)
class ApplyFirewall:
    """Bring our chains of one family from `before` to `after` in one transaction for each table."""

    family: int
    before: object
    after: object
    lines: tuple

    def describe(self):
        return self.lines


@dataclass(frozen=True)
class RememberForwarding:
    """Note how IP forwarding of a family was before this collection switched it on; None removes the note."""

    family: int
    switch: object
    lines: tuple = ()

    def describe(self):
        return self.lines
