#!/usr/bin/python
# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: bridge
short_description: Manage Linux bridges
version_added: 1.0.0
description:
  - Makes bridges and the host's addresses on them, the gateways of containers.
  - IPv6 router advertisements are not accepted on a bridge of this collection, and its MAC address does not change
    when ports come and go.
  - An option that is not given is left as it is.
extends_documentation_fragment:
  - hostnet.containers._common
  - hostnet.containers._common.declared
  - hostnet.containers._common.owned
options:
  name:
    description:
      - Name of the bridge, at most 15 characters.
    type: str
  addresses: &addresses
    description:
      - The host's addresses on the bridge, IPv4 or IPv6, in CIDR form.
      - The list is exact. Other addresses that this collection added go; those that somebody else added stay.
      - A subnet must not overlap that of another interface of the host, nor may a route of the host with the same or a
        longer prefix lead elsewhere. Routes with a shorter prefix, such as those of a VPN, are no obstacle.
    type: list
    elements: str
  mtu: &mtu
    description: Maximum transmission unit in bytes. With IPv6 addresses, 1280 at least.
    type: int
  mac: &mac
    description: MAC address. By default one is chosen when the bridge is made.
    type: str
  stp: &stp
    description: Whether the bridge takes part in the spanning tree protocol.
    type: bool
  forward_delay: &forward_delay
    description: Seconds that a port listens and learns before it forwards, 2 to 30.
    type: int
  ageing_time: &ageing_time
    description: Seconds after which a MAC address that was learned is forgotten.
    type: int
  vlan_filtering: &vlan_filtering
    description: Whether the bridge heeds VLAN membership of its ports.
    type: bool
  multicast_snooping: &multicast_snooping
    description: Whether IGMP and MLD are snooped.
    type: bool
  members: &members
    description:
      - Existing interfaces of the host to make ports of the bridge.
      - Interfaces that this option named earlier, and no longer does, are released.
      - The bridge is then part of the LAN behind them, from where any source may come. So packets may leave it under
        any source, and O(hostnet.containers.forwarding#module:internal) does not close the host by itself.
    type: list
    elements: str
  up: &up
    description:
      - Whether the bridge is up.
      - The default is V(true).
    type: bool
  bridges:
    description:
      - Many bridges in one call, each with the options of the module.
      - An option beside the list holds for every element that does not give its own.
      - Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the bridge, at most 15 characters.
        type: str
      addresses: *addresses
      mtu: *mtu
      mac: *mac
      stp: *stp
      forward_delay: *forward_delay
      ageing_time: *ageing_time
      vlan_filtering: *vlan_filtering
      multicast_snooping: *multicast_snooping
      members: *members
      up: *up
      state:
        description: Whether the bridge is there. The default is O(state).
        type: str
        choices: [present, absent]
seealso:
  - module: hostnet.containers.veth_pair
  - module: hostnet.containers.masquerade
"""

EXAMPLES = r"""
- name: Make a bridge with the gateway address of its subnet
  hostnet.containers.bridge:
    name: web
    addresses: [10.20.0.1/24]

- name: Make two bridges in one run
  hostnet.containers.bridge:
    mtu: 1450
    bridges:
      - name: web
        addresses: [10.20.0.1/24, "fd00:20::1/64"]
      - name: db
        addresses: [10.30.0.1/24]

- name: Remove a bridge
  hostnet.containers.bridge:
    name: web
    state: absent
"""

RETURN = r"""
actions:
  description: The steps that were done, or in check mode would be done, one readable line each.
  returned: always
  type: list
  elements: str
  sample: [create bridge web, add address 10.20.0.1/24 to web]
bridges:
  description: The declared bridges as they are after the run.
  returned: success
  type: list
  elements: dict
  sample:
    - name: web
      addresses: [10.20.0.1/24]
      up: true
"""

from ansible_collections.hostnet.containers.plugins.module_utils.ansible_module import run
from ansible_collections.hostnet.containers.plugins.module_utils.declare.bridge import Bridge


def main():
    run(Bridge, returned="bridges")


if __name__ == "__main__":
    main()
