# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What became of the hosts of a play, as a short table."""

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_table
short_description: Tell what became of the hosts of a play, in a short table
version_added: 1.0.0
author: Contributors to hostnet.containers (@hostnet)
description:
  - Makes the table with which the playbooks C(hostnet.containers.site), C(hostnet.containers.inspect) and
    C(hostnet.containers.teardown) end. A host without anything to tell has no row, and is counted in the last line.
options:
  _input:
    description:
      - From the name of a host to what became of it. That is a dict with C(failure), a text that may be empty, and
        C(networks), a list like RV(hostnet.containers.network#module:changes).
      - None, or false, for a host that did not come so far.
    type: dict
    required: true
  away:
    description: Hosts that the play has lost. Those of them of which nothing is known were not reached.
    type: list
    elements: str
    default: []
  done:
    description: Whether the steps were done, or only would be.
    type: bool
    default: false
positional: away, done
"""

EXAMPLES = r"""
- name: Show the table
  ansible.builtin.debug:
    msg: "{{ outcomes | hostnet.containers.fleet_table }}"
  vars:
    outcomes:
      one.example: {failure: "", networks: [{network: web, actions: [create bridge br-web]}]}
"""

RETURN = r"""
_value:
  description: The lines of the table.
  type: list
  elements: str
  sample:
    - "host         network  what differs"
    - "one.example  web      create bridge br-web"
    - "Hosts: 0 of 1 are as declared, 1 differs"
"""

from ansible_collections.hostnet.containers.plugins.plugin_utils.fleet.table import table


def fleet_table(outcomes, away=(), done=False):
    """Return the lines; see `DOCUMENTATION`."""
    return table(outcomes, set(away), done)


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Return them by name."""
        return {"fleet_table": fleet_table}
