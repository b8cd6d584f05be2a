# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table at the end of the demo: what was claimed, what was seen, and whether it holds."""

from __future__ import annotations

import re
import shutil
import textwrap
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: demo_table
type: aggregate
short_description: Print the claims of the demo with their evidence
description:
  - Prints a table of the tasks with the tag C(claim) at the end of a play. Other playbooks have none, and get no table.
"""

CLAIM_WIDTH = 44
HOLDS = {True: "yes", False: "NO"}


class CallbackModule(CallbackBase):
    """Collects claims while the demo runs, prints them when it ends."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "demo_table"

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._rows = []
        self._start = time.monotonic()

    def v2_runner_on_ok(self, result):
        """A claim that holds."""
        self._note(result, holds=True)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        """A claim that does not hold."""
        self._note(result, holds=False)

    def _note(self, result, holds):
        task, values = result._task, result._result
        if "claim" in task.tags:
            self._rows.append((task.get_name().strip(), evidence(values), holds))

    def v2_playbook_on_stats(self, stats):
        """Print the table."""
        if not self._rows:
            return
        width = max(60, min(shutil.get_terminal_size((120, 24)).columns, 140))
        for line in table(self._rows, width):
            self._display.display(line)
        self._display.display("%s, in %.0f s" % (self._verdict(stats), time.monotonic() - self._start))

    def _verdict(self, stats):
        failed = sum(not holds for _claim, _evidence, holds in self._rows)
        if failed or stats.failures or stats.dark:
            words = "The demo failed: %d of %d claims hold, and the rest was not tried"
            return words % (len(self._rows) - failed, len(self._rows))
        return "All %d claims hold" % len(self._rows)


def evidence(values):
    """Return the lines that a claim's task has shown."""
    lines = [" ".join(line.split()) for line in values.get("stdout", "").splitlines() if line.strip()]
    return [shortened(line) for line in lines] or [values.get("msg", "nothing was said")]


def shortened(line):
    """Cut what tells nothing in this place: flags of interfaces, comments of rules."""
    return re.sub(r" <[A-Z_,]+>| -m comment --comment (\"[^\"]*\"|\S+)", "", line)


def table(rows, width):
    """Yield the lines of the table."""
    evidence_width = width - CLAIM_WIDTH - 9
    form = "%%-%ds  %%-%ds  %%s" % (CLAIM_WIDTH, evidence_width)
    rule = "-" * width
    yield from (rule, form % ("claim", "evidence", "holds"), rule)
    for claim, shown, holds in rows:
        left = textwrap.wrap(claim, CLAIM_WIDTH)
        right = [part for line in shown for part in textwrap.wrap(line, evidence_width)]
        for number in range(max(len(left), len(right))):
            cells = [column[number] if number < len(column) else "" for column in (left, right)]
            yield (form % (*cells, "" if number else HOLDS[holds])).rstrip()
    yield rule
