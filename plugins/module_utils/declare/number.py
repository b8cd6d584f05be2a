# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers: bounded integers, ports and port ranges, rates and sizes."""

from __future__ import annotations

import dataclasses
import re

_RATE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)([kmgt]?)bit", re.IGNORECASE | re.ASCII)
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)([kmg]?)(?:i?b)?", re.IGNORECASE | re.ASCII)
# No usable number is longer, and what is costs more than its length to convert.
_LONGEST = 32
_DECIMAL = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}


def within(lowest, highest, unit=""):
    """Return a parser for an integer between two bounds, both allowed."""

    def convert(value):
        if isinstance(value, str) and len(value) > _LONGEST:
            raise ValueError("the number is out of range; use %d to %d%s" % (lowest, highest, unit))
        if isinstance(value, bool):
            raise ValueError("%r is no number; use %d to %d%s" % (value, lowest, highest, unit))
        number = int(value)
        if not lowest <= number <= highest:
            raise ValueError("%d is out of range; use %d to %d%s" % (number, lowest, highest, unit))
        return number

    return convert


@dataclasses.dataclass(frozen=True, order=True)
class PortRange:
    """One port or a run of consecutive ports.

    Attributes:
        first: the lowest port, 1 to 65535.
        last: the highest port, not below `first`.
    """

    first: int
    last: int

    def __str__(self):
        return str(self.first) if self.first == self.last else "%d-%d" % (self.first, self.last)

    def __len__(self):
        return self.last - self.first + 1

    def overlaps(self, other):
        """Tell whether the two have a port in common."""
        return self.first <= other.last and other.first <= self.last


def port_range(value):
    """Parse ``8080`` or ``8000-8010``."""
    match = re.fullmatch("([0-9]{1,5})(?:-([0-9]{1,5}))?", str(value))
    if not match:
        raise ValueError("%r is not a port; use a number such as 8080 or a range such as 8000-8010" % (value,))
    first = int(match.group(1))
    last = int(match.group(2) or first)
    for port in (first, last):
        if not 1 <= port <= 65535:
            raise ValueError("port %d is out of range; use 1 to 65535" % port)
    if last < first:
        raise ValueError("the range %s runs backwards; write the lower port first" % value)
    return PortRange(first, last)


def rate(value):
    """Parse a rate such as ``10mbit`` into bits per second, a multiple of 8 as the kernel counts bytes; 0 is none."""
    if value.strip() == "0":
        return 0
    match = len(value) <= _LONGEST and _RATE.fullmatch(value.strip())
    bits = int(float(match.group(1)) * _DECIMAL[match.group(2).lower()]) if match else 0
    if not 8000 <= bits <= 10**12:
        raise ValueError(
            "%r is not a usable rate; use bits per second such as 512kbit, 10mbit or 1gbit, or 0 for no limit" % value
        )
    return bits // 8 * 8


def rate_as_written(bits):
    """Write a rate so that `rate` reads it."""
    return "%dbit" % bits if bits else "0"


def size(value):
    """Parse a size such as ``64k`` into bytes; 0 is one that is chosen."""
    if value.strip() == "0":
        return 0
    match = len(value) <= _LONGEST and _SIZE.fullmatch(value.strip())
    count = int(float(match.group(1)) * _BINARY[match.group(2).lower()]) if match else 0
    if not 1500 <= count < 2**30:
        raise ValueError(
            "%r is not a usable burst; use bytes from 1500 to below 1g, such as 64k or 1m, or 0 for the default" % value
        )
    return count
