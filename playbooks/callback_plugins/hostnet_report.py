# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports of the playbooks site, inspect and teardown, as lines of text and not as JSON."""

from __future__ import annotations

import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: hostnet_report
type: aggregate
short_description: Print the reports of the playbooks of this collection
description:
  - Prints the lines that a task has set as the fact C(hostnet_report). Other tasks have none.
  - It is there when a playbook of the collection is run by its name. Where one is imported by another playbook, the
    environment variable that it sets is not, and the playbook shows the same lines by other means.
"""

# Read by the playbooks, in processes that are forked later.
os.environ["HOSTNET_REPORT"] = "printed"


class CallbackModule(CallbackBase):
    """Prints what it is given."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "hostnet_report"

    def v2_runner_on_ok(self, result):
        """Print the lines of a report."""
        lines = (result._result.get("ansible_facts") or {}).get("hostnet_report")
        for line in ["", *lines] if lines else ():
            self._display.display(line)
