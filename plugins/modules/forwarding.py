#!/usr/bin/python
# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: forwarding
short_description: Decide which traffic may cross a bridge
version_added: 1.0.0
description:
  - Sets the forwarding policy of bridges of this collection. Traffic of other interfaces is not affected.
  - The user's own rules go into the chain C(HOSTNET-USER) of the table C(filter), which runs before all others. In the
    table C(nat), C(HOSTNET-USER) runs before published ports and C(HOSTNET-USER-SNAT) before masquerade. They are made
    empty and never written again.
  - Packets that connection tracking calls invalid do not leave with a container's address.
  - Switches on IP forwarding for a bridge that is not internal.
extends_documentation_fragment:
  - hostnet.containers._common
  - hostnet.containers._common.declared
  - hostnet.containers._common.owned
  - hostnet.containers._common.iptables
options:
  bridge:
    description: A bridge of this collection.
    type: str
  isolate: &isolate
    description:
      - No traffic to or from other bridges of this collection. Published ports stay reachable by the host's address.
      - The default is V(true).
    type: bool
  internal: &internal
    description:
      - No traffic leaves or enters by other interfaces.
      - The default is V(false).
    type: bool
  icc: &icc
    description:
      - Containers on the bridge may talk to each other.
      - With V(false) the ports of the bridge are isolated, too, so that this holds without C(br_netfilter).
      - The default is V(true).
    type: bool
  direct_access: &direct_access
    description:
      - Container addresses may be reached from outside the host without a published port.
      - The default is V(false).
    type: bool
  forward_policy: &forward_policy
    description:
      - What happens to the policy of the chain FORWARD.
      - By default V(drop) if this run switches IP forwarding on, else V(keep).
    type: str
    choices: [keep, drop]
  bridges:
    description:
      - Many policies in one call, each with the options of the module.
      - An option beside the list holds for every element that does not give its own.
      - Mutually exclusive with O(bridge).
    type: list
    elements: dict
    suboptions:
      bridge:
        description: A bridge of this collection.
        type: str
      isolate: *isolate
      internal: *internal
      icc: *icc
      direct_access: *direct_access
      forward_policy: *forward_policy
      state:
        description: Whether the policy is there. The default is O(state).
        type: str
        choices: [present, absent]
seealso:
  - module: hostnet.containers.bridge
"""

EXAMPLES = r"""
- name: Keep a network to itself
  hostnet.containers.forwarding:
    bridge: db
    internal: true

- name: Let two networks talk to each other
  hostnet.containers.forwarding:
    isolate: false
    bridges:
      - bridge: web
      - bridge: app
"""

RETURN = r"""
actions:
  description: The steps that were done, or in check mode would be done, one readable line each.
  returned: always
  type: list
  elements: str
  sample: ["set forwarding of bridge web: isolate=yes internal=no icc=yes direct_access=no"]
forwarding:
  description: The declared policies as they are after the run.
  returned: success
  type: list
  elements: dict
  sample:
    - bridge: web
      isolate: true
      internal: false
      icc: true
      direct_access: false
      forward_policy: {"4": drop, "6": accept}
"""

from ansible_collections.hostnet.containers.plugins.module_utils.ansible_module import run
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding


def main():
    run(Forwarding, returned="forwarding")


if __name__ == "__main__":
    main()
