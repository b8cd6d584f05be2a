#!/usr/bin/python
# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: masquerade
short_description: Give containers the outside under the host's address
version_added: 1.0.0
description:
  - Rewrites the source of packets that leave a subnet, so that the outside sees the host's address and can answer.
  - Switches on IP forwarding for the family. On a host that had it off, the policy of the chain FORWARD becomes DROP in
    the same run, so that the host does not become an open router; both are restored when nothing needs them any more.
  - Flows that began under other rules follow the new ones at once. Only an established connection of TCP or SCTP, which
    cannot change its addresses, keeps its own as long as its answers come in.
  - Multicast is left alone, and so is what goes from one bridge of this collection to another if both are open
    (O(hostnet.containers.forwarding#module:isolate) is V(false)), unless O(out_interface) is given.
  - The packets get through also where the chain FORWARD has the policy DROP, on a bridge of this collection, on one of
    somebody else and on none. Those that connection tracking calls invalid would not be rewritten, and do not leave.
extends_documentation_fragment:
  - hostnet.containers._common
  - hostnet.containers._common.declared
  - hostnet.containers._common.owned
  - hostnet.containers._common.iptables
options:
  source:
    description: Subnet whose packets are rewritten, in CIDR form with its prefix length.
    type: str
  bridge: &bridge
    description:
      - Traffic that leaves by this bridge, and so stays on it, is left alone.
      - By default the bridge of this collection that has the subnet O(source).
    type: str
  out_interface: &out_interface
    description: Rewrite only traffic that leaves by this interface.
    type: str
  to_source: &to_source
    description: Address to write as the source. By default that of the interface by which a packet leaves.
    type: str
  exclude: &exclude
    description: Destinations in CIDR form whose traffic is left alone.
    type: list
    elements: str
  random_fully: &random_fully
    description:
      - Whether source ports are chosen at random.
      - The default is V(false).
    type: bool
  rules:
    description:
      - Many rules in one call, each with the options of the module.
      - An option beside the list holds for every element that does not give its own.
      - Mutually exclusive with O(source).
    type: list
    elements: dict
    suboptions:
      source:
        description: Subnet whose packets are rewritten, in CIDR form with its prefix length.
        type: str
      bridge: *bridge
      out_interface: *out_interface
      to_source: *to_source
      exclude: *exclude
      random_fully: *random_fully
      state:
        description: Whether the rule is there. The default is O(state).
        type: str
        choices: [present, absent]
seealso:
  - module: hostnet.containers.forwarding
"""

EXAMPLES = r"""
- name: Give the containers of a bridge the outside
  hostnet.containers.masquerade:
    source: 10.20.0.0/24

- name: The same with a fixed address, but not towards the company's network
  hostnet.containers.masquerade:
    source: 10.20.0.0/24
    to_source: 192.0.2.10
    exclude: [198.51.100.0/24]
"""

RETURN = r"""
actions:
  description: The steps that were done, or in check mode would be done, one readable line each.
  returned: always
  type: list
  elements: str
  sample: ["masquerade 10.20.0.0/24 leaving bridge web"]
rules:
  description: The declared rules as they are after the run.
  returned: success
  type: list
  elements: dict
  sample:
    - source: 10.20.0.0/24
      bridge: web
      random_fully: false
"""

from ansible_collections.hostnet.containers.plugins.module_utils.ansible_module import run
from ansible_collections.hostnet.containers.plugins.module_utils.declare.masquerade import Masquerade


def main():
    run(Masquerade, returned="rules")


if __name__ == "__main__":
    main()
