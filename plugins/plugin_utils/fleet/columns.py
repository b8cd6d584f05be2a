# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of text: as wide as what is in them, the last column wrapped."""

from __future__ import annotations

import textwrap

WIDTH = 116
_APART = 2


def columns(rows, indent=0):
    """Return the lines of a table.

    Args:
        rows: tuples of text, all of the same length; the last of each may be long.
        indent: how many spaces are before each line.
    """
    widths = [max(len(row[number]) for row in rows) + _APART for number in range(len(rows[0]) - 1)]
    room = max(40, WIDTH - indent - sum(widths))
    lines = []
    for *cells, last in rows:
        before = "".join(cell.ljust(width) for cell, width in zip(cells, widths))
        first, *rest = textwrap.wrap(last, room, break_long_words=False) or [""]
        lines.append(" " * indent + before + first)
        lines += [" " * (indent + len(before)) + line for line in rest]
    return [line.rstrip() for line in lines]
