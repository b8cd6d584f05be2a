# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What of a Compose file has no equivalent in this collection."""

from __future__ import annotations

DOCUMENTATION = r"""
name: from_compose_warnings
short_description: What of a Compose file has no equivalent in this collection
version_added: 1.0.0
author: Contributors to hostnet.containers (@hostnet)
description:
  - Returns the sentences that P(hostnet.containers.from_compose#filter) shows as warnings, so that a play can stop at
    them, or write them down.
  - The options are those of that filter.
positional: _input
options:
  _input:
    description: The text of the file, or what a YAML parser made of it.
    type: raw
    required: true
  prefix:
    description: What to put before the names of networks and namespaces.
    type: str
    default: ""
  variables:
    description: The values of variables in the file.
    type: dict
    default: {}
  profiles:
    description: The profiles whose services count.
    type: list
    elements: str
    default: []
  ipv4_pool:
    description: Where subnets are taken from for networks that give none.
    type: str
    default: 10.192.0.0/10
seealso:
  - plugin: hostnet.containers.from_compose
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Use a Compose file only if all of it has an equivalent
  ansible.builtin.assert:
    that: lookup('ansible.builtin.file', 'compose.yml') | hostnet.containers.from_compose_warnings == []
"""

RETURN = r"""
_value:
  description: A sentence for each key that has no equivalent, beginning with the key.
  type: list
  elements: str
  sample: ["services.web.extra_hosts[0]: has no equivalent: a container finds those on its networks, by name and
  hosts"]
"""

from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.as_filter import converted


def from_compose_warnings(compose, prefix="", variables=None, profiles=None, ipv4_pool=None):
    """Return the sentences."""
    return converted("from_compose_warnings", compose, prefix, variables, profiles, ipv4_pool).warnings


class FilterModule:
    """The filter."""

    def filters(self):
        """Return the functions by name."""
        return {"from_compose_warnings": from_compose_warnings}
