# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs from run to run is left out of what commands print, or replaced."""

from __future__ import annotations

import re

_COMMENT = re.compile(r' -m comment --comment (?:"[^"]*"|\S+)')
_BARE = re.compile(r"-A \S+")
_TRACKED = re.compile(r"^(\w+) +\d+ \d+ (?:[A-Z_]+ )?(.*?)(?: \[ASSURED\])? mark=0 use=\d+$", re.MULTILINE)
_CLIENT_PORT = re.compile(r"\b([sd]port)=(\d+)")
_RANDOM_MAC = re.compile(r"\b(?!02:42:|00:00:|ff:ff:)[\da-f]{2}(?::[\da-f]{2}){5}\b")
FIRST_CLIENT_PORT = 32768


class Stable:
    """Makes what one page shows of a host alike in each run."""

    def __init__(self):
        self._ports = {}

    def output(self, command, text):
        """Return the lines that a command printed.

        Comments of rules are left out unless the command looks for one, or the rule has nothing else; so are the timers
        and the state of a tracked connection. Ports of clients get numbers in the order in which they are met.
        """
        text = _TRACKED.sub(r"\1 \2", text)
        text = _CLIENT_PORT.sub(self._port, text)
        text = _RANDOM_MAC.sub("(random)", text)
        text = re.sub(r"@if\d+", "@ifN", text)
        lines = [line.rstrip() for line in text.splitlines()]
        return lines if "comment" in command else [_without_comment(line) for line in lines]

    def _port(self, match):
        name, number = match.group(1), int(match.group(2))
        if number < FIRST_CLIENT_PORT:
            return match.group(0)
        return "%s=%d" % (name, self._ports.setdefault(number, 40001 + len(self._ports)))


def _without_comment(line):
    shorter = _COMMENT.sub("", line)
    return line if _BARE.fullmatch(shorter) else shorter
