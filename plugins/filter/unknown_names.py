# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Names that nobody knows, and what they were probably meant as."""

from __future__ import annotations

DOCUMENTATION = r"""
name: unknown_names
short_description: Find misspelt names
version_added: 1.0.0
author: Contributors to hostnet.containers (@hostnet)
description:
  - Tells of each name that is not a known one, with the nearest known name.
options:
  _input:
    description: Names as they were given.
    type: list
    elements: str
    required: true
  known:
    description: The names that there are.
    type: list
    elements: str
    required: true
positional: known
"""

EXAMPLES = r"""
- name: Refuse what is misspelt
  ansible.builtin.assert:
    that: wrong | length == 0
    fail_msg: "{{ wrong | join('; ') }}"
  vars:
    wrong: "{{ network.keys() | hostnet.containers.unknown_names(['name', 'subnets', 'masquerade']) }}"
"""

RETURN = r"""
_value:
  description: A sentence for each unknown name.
  type: list
  elements: str
  sample: ["there is no masquerde; did you mean masquerade?"]
"""

from ansible_collections.hostnet.containers.plugins.module_utils.declare.unknown_names import (
    unknown_names as find_unknown_names,
)


def unknown_names(names, known):
    """Return a sentence for each unknown name; see `DOCUMENTATION`."""
    return find_unknown_names(map(str, names), [str(name) for name in known])


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Return them by name."""
        return {"unknown_names": unknown_names}
