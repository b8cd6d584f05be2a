# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What network_info found on a host, as people read it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: host_report
short_description: Tell what network_info found, as people read it
version_added: 1.0.0
author: Contributors to hostnet.containers (@hostnet)
description:
  - Makes of what M(hostnet.containers.network_info) returns a table of networks, containers, addresses and published
    ports, and a sentence for each network that is not as it was declared.
options:
  _input:
    description: What M(hostnet.containers.network_info) returned, with all parts but C(rules) and C(forwarding).
    type: dict
    required: true
  host:
    description: The name of the host.
    type: str
    required: true
  declared:
    description:
      - Names of the networks that are declared for the host. Others that are on record there are told as differences.
      - Without it, no network on record is.
    type: list
    elements: str
positional: host, declared
"""

EXAMPLES = r"""
- name: Look
  hostnet.containers.network_info:
  register: found

- name: Show what there is
  ansible.builtin.debug:
    msg: "{{ (found | hostnet.containers.host_report(inventory_hostname)).lines }}"
"""

RETURN = r"""
_value:
  description:
    - A dict with C(lines), the report, and C(networks), a list of dicts with C(network) and C(actions) that has an
      element for each network which differs. It is empty where all is as it was declared.
  type: dict
  sample:
    lines:
      - "one.example: 1 network on record, as declared"
      - "  network  on it        addresses     published ports"
      - "  web      br-web       10.20.0.1/24"
      - "           container-a  10.20.0.2/24  tcp 8888 -> 80"
    networks: []
"""

from ansible_collections.hostnet.containers.plugins.plugin_utils.fleet.report import report


def host_report(found, host, declared=None):
    """Return lines and differences; see `DOCUMENTATION`."""
    return report(host, found, declared)


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Return them by name."""
        return {"host_report": host_report}
