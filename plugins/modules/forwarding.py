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
  - Closing a way closes what is open. Connections that the new policy refuses end at once, all others live on.
  - The user's own rules go into the chain C(HOSTNET-USER) of the table C(filter), which runs before all others. In the
    table C(nat), C(HOSTNET-USER) runs before published ports and C(HOSTNET-USER-SNAT) before masquerade. They are made
    empty and never written again.
  - Packets that connection tracking calls invalid do not leave with a container's address, and neither do packets under
    an address that is not of the bridge's subnets, not even to the host. On a bridge with
    O(hostnet.containers.bridge#module:members) any source may be right, so that there only
    O(hostnet.containers.veth_pair#module:anti_spoof) can tell.
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
      - Containers of two that are both open, with V(false), reach each other under their own addresses.
      - The default is V(true).
    type: bool
  internal: &internal
    description:
      - No traffic leaves or enters by other interfaces. What of the host stays open, O(host_access) says.
      - The default is V(false).
    type: bool
  icc: &icc
    description:
      - Containers on the bridge may talk to each other.
      - With V(false) this holds for frames of every kind, with and without C(br_netfilter), by rules of nftables for
        bridges (program C(nft)) and by isolated ports where no published port needs them not to be.
      - The default is V(true).
    type: bool
  direct_access: &direct_access
    description:
      - Container addresses may be reached from outside the host without a published port.
      - The default is V(false).
    type: bool
  host_access: &host_access
    description:
      - What of the host itself the containers may open, on whatever address of the host. Answers always pass.
      - V(all) leaves that to the host's own rules.
      - V(published) is published ports, by any address of the host, DNS on the gateways of the network, and ping.
      - V(none) is nothing, published ports by the host's address included.
      - What this option refuses stays refused whatever rules of others accept. What it lets by is still up to these.
        Exceptions go into the chain C(HOSTNET-USER-INPUT) of the table C(filter), which runs before.
      - The default is V(all). With O(internal), it is DNS and ping of the network's own gateways, unless the bridge
        has O(hostnet.containers.bridge#module:members).
    type: str
    choices: [all, published, none]
  deny_destinations: &deny_destinations
    description:
      - Networks in CIDR form, of either family, that the containers may not reach, such as V(169.254.169.254/32), where
        clouds answer with credentials of the host.
      - It counts before and after the destination was rewritten, for the host's own addresses, too, and for published
        ports that lead there. Answers always pass, and so do queries to the network's own DNS server. Other
        name servers are denied with the network that they are in.
      - What stays on the bridge does not pass the host, and is not affected.
    type: list
    elements: str
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
      host_access: *host_access
      deny_destinations: *deny_destinations
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

- name: Let containers reach the internet, and neither services of the host nor private networks
  hostnet.containers.forwarding:
    bridge: web
    host_access: published
    deny_destinations: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, "fc00::/7"]

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
      host_access: all
      forward_policy: {"4": drop, "6": accept}
"""

from ansible_collections.hostnet.containers.plugins.module_utils.ansible_module import run
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding


def main():
    run(Forwarding, returned="forwarding")


if __name__ == "__main__":
    main()
