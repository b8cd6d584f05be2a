# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that change units of systemd, as data. An empty `line` goes without saying."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SetUnit:
    """Write a unit of a proxy or a DNS server, and start it. An empty `line` goes without saying."""

    name: str
    text: str
    line: str

    def describe(self):
        return (self.line,) if self.line else ()


@dataclass(frozen=True)
class RemoveUnit:
    """Stop a unit of a proxy or a DNS server, and remove it."""

    name: str
    line: str

    def describe(self):
        return (self.line,) if self.line else ()


@dataclass(frozen=True)
class ReloadUnit:
    """Have a running DNS server read the names of its network again."""

    name: str

    def describe(self):
        return ()
