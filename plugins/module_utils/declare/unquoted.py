# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers that were meant as text: YAML reads ``2222:22`` and ``52:54:00:12:34:56`` without quotes as base 60."""

from __future__ import annotations

import re


def as_number(value):
    """Return what to say of a value that is a number where text was meant; an empty string for other values."""
    return "; it is a number: quote it in YAML" if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", str(value)) else ""


def as_base_60(value, parts):
    """Return what to say of a number that was written in some parts divided by colons, or an empty string.

    Args:
        value: a number, also as text.
        parts: how many parts the text has that was meant.
    """
    if not re.fullmatch("[0-9]{1,15}", str(value)):
        return as_number(value)
    return '; YAML reads %s without quotes as this number: quote it, "%s"' % ((written(int(value), parts),) * 2)


def written(number, parts):
    """Write a number in base 60, with colons between its digits."""
    digits = []
    for _part in range(parts - 1):
        number, digit = divmod(number, 60)
        digits.insert(0, "%02d" % digit)
    return ":".join(["%02d" % number if parts > 2 else str(number), *digits])
