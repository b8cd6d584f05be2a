# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The output of `make demo`: the names of the plays, and what fails."""

from __future__ import annotations

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: demo_quiet
type: stdout
short_description: Print plays and failures only
description:
  - Prints the names of plays, and tasks that fail with their message.
"""


class CallbackModule(CallbackBase):
    """Says little."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "demo_quiet"

    def v2_playbook_on_play_start(self, play):
        """Say what is done now."""
        self._display.display("%s ..." % play.get_name())

    def v2_runner_on_failed(self, result, ignore_errors=False):
        """Say what went wrong."""
        values = result._result
        words = values.get("stderr") or values.get("msg") or ""
        self._display.display("FAILED: %s: %s" % (result._task.get_name().strip(), words), color="red", stderr=True)

    def v2_runner_on_unreachable(self, result):
        """Say what went wrong."""
        self.v2_runner_on_failed(result)
