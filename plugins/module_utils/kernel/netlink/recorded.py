# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests that every run makes, as pyroute2 encodes them.

A run that changes nothing asks for links, addresses, routes and rules, always by the same bytes. So pyroute2 need not
be imported to make them, which costs such a run 115 ms. A unit test holds the bytes against what pyroute2 makes.
"""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass

REQUEST, DUMP = 0x1, 0x300
SEQUENCE = 1


@dataclass(frozen=True)
class RecordedDump:
    """A dump request.

    Attributes:
        kind: number of the request, such as RTM_GETLINK.
        message: function that returns its `Message`.
        little_endian: hexadecimal digits of the whole request, for a processor of that byte order; on one of the
            other, pyroute2 makes it.
    """

    kind: int
    message: object
    little_endian: str

    @functools.cached_property
    def bytes(self):
        """The whole request."""
        return bytes.fromhex(self.little_endian) if sys.byteorder == "little" else self.encoded()

    def encoded(self):
        """Return the whole request, made by pyroute2."""
        return self.message().encoded(self.kind, REQUEST | DUMP, SEQUENCE)
