# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lies where a file of networks should be, and is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NoFile:
    """Something else than a plain file. It stands in the place of a text.

    Attributes:
        target: of a link; None for a folder, a pipe, a socket or a device.
    """

    target: str = None

    def __str__(self):
        return "a link to %s" % self.target if self.target is not None else "not a plain file"
