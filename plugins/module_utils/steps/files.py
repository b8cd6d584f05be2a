# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a plan that change files and units of systemd, as data. An empty `line` goes without saying."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WriteFile:
    """Write a file of networks; where the text is a `NoFile`, make that link again. An empty `line` goes unsaid."""

    path: str
    text: object
    line: str

    def describe(self):
        return (self.line,) if self.line else ()


@dataclass(frozen=True)
class RemoveFile:
    """Remove a file of networks."""

    path: str
    line: str

    def describe(self):
        return (self.line,) if self.line else ()
