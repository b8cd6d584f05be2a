#!/usr/bin/python
# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: veth_pair
short_description: Connect network namespaces to bridges by veth pairs
version_added: 1.0.0
description:
  - Makes a veth pair with one end on the host, as a port of a bridge, and the other inside a network namespace.
  - The other end is born inside its namespace and is never visible on the host. It is up, addressed and announced to
    its neighbours when the module returns.
  - An option that is not given is left as it is.
  - In a namespace that the collection made, an interface, address, route or rule that is in the way of what is declared
    is removed, and listed in RV(actions). In a namespace of others it is an error that names it.
extends_documentation_fragment:
  - hostnet.containers._common
  - hostnet.containers._common.declared
  - hostnet.containers._common.owned
options:
  name:
    description:
      - Name of the host's end.
      - By default C(veth) and 8 hexadecimal digits that are derived from O(netns) and O(peer), the same on every run.
    type: str
  netns: &netns
    description: Namespace of the other end. It has to be there.
    type: str
  peer: &peer
    description:
      - Name of the other end.
      - The default is V(eth0).
    type: str
  bridge: &bridge
    description: Bridge that the host's end is a port of.
    type: str
  addresses: &addresses
    description:
      - Addresses of the other end, IPv4 or IPv6, in CIDR form.
      - The list is exact. With no IPv6 address in it, the interface has IPv6 switched off.
    type: list
    elements: str
  mac: &mac
    description:
      - MAC address of the other end.
      - By default C(02:42:) and the four bytes of the first IPv4 address.
    type: str
  mtu: &mtu
    description: Maximum transmission unit of both ends in bytes. By default that of the bridge.
    type: int
  queue_length: &queue_length
    description:
      - Length of the transmit queue of both ends, V(1) to V(1000000) packets.
      - By default left as it is.
    type: int
  gateways: &gateways
    description:
      - Next hops of the default routes, at most one for each family.
      - A namespace may have several interfaces with gateways, each by a call or an element with its own O(peer). The
        number at the end of the name O(peer) decides which default route counts; it is 0 where there is none. Where two
        would be the same, one of them, but not C(eth0), has the next free one. The default route of number 0 has no
        metric, that of number N the metric 2000 + N. So C(eth0) is preferred, and C(eth1) takes over when it goes.
      - In a namespace with more than one interface, packets that bear an address of such an interface leave by it,
        replies among them. There is a rule for each address (priority 20000) which leads to the routing table 2000 + N.
        A server of datagrams that listens on every address has to answer from the address that was asked, as most do;
        else bind it to one.
    type: list
    elements: str
  routes: &routes
    description:
      - Static routes by way of the other end. The list is exact.
      - A default route goes with O(gateways), one that has a metric of its own with these.
    type: list
    elements: dict
    suboptions:
      to:
        description: Destination network in CIDR form.
        type: str
        required: true
      via:
        description: Next hop. By default the destination is on the link.
        type: str
      metric:
        description: The route with the lower metric wins.
        type: int
  hairpin: &hairpin
    description:
      - Whether the bridge may send packets back out of the port that they came in by.
      - By default only where the host needs it, which each run finds out anew. That is where C(br_netfilter) sees the
        packets of the bridge, and a port with hairpin is published on it. Even then a container gets back only what
        was sent to a published port, if the program C(nft) is installed.
      - Given once, it stays until another value is given.
    type: bool
  isolated: &isolated
    description:
      - Whether the port exchanges packets only with ports that are not isolated.
      - By default as O(hostnet.containers.forwarding#module:icc) of the bridge needs it.
      - Given once, it stays until another value is given.
    type: bool
  sysctls: &sysctls
    description: Kernel settings inside the namespace. Only keys below C(net.) are allowed.
    type: dict
  rate_to_container: &rate_to_container
    description:
      - Limit towards the container in bits per second, such as V(10mbit).
      - V(0) takes a limit away. By default it is left as it is.
    type: str
  rate_from_container: &rate_from_container
    description:
      - Limit from the container in bits per second, such as V(512kbit).
      - V(0) takes a limit away. By default it is left as it is.
    type: str
  burst: &burst
    description:
      - Bytes that may pass at once above the limits, such as V(64k).
      - By default, and with V(0), chosen for the rate.
    type: str
  anti_spoof: &anti_spoof
    description:
      - Let only packets from the declared MAC address and O(addresses) leave the container. What claims the address of
        another does not, nor do answers of DHCP servers and routers, redirects, tagged frames and other protocols than
        IPv4, ARP and IPv6.
      - It stands before the port is up, and follows later changes of O(mac) and O(addresses), also where it is not
        repeated.
      - It needs O(addresses), O(bridge), and the program C(nft) (package C(nftables)) on the host.
    type: bool
  allowed_addresses: &allowed_addresses
    description:
      - Networks or addresses that may leave the container beside O(addresses), for instance an address that moves
        between containers. It needs O(anti_spoof).
      - An empty list takes back what was allowed.
    type: list
    elements: str
  pairs:
    description:
      - Many pairs in one call, each with the options of the module.
      - An option beside the list holds for every element that does not give its own.
      - Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the host's end.
        type: str
      netns: *netns
      peer: *peer
      bridge: *bridge
      addresses: *addresses
      mac: *mac
      mtu: *mtu
      queue_length: *queue_length
      gateways: *gateways
      routes: *routes
      hairpin: *hairpin
      isolated: *isolated
      sysctls: *sysctls
      rate_to_container: *rate_to_container
      rate_from_container: *rate_from_container
      burst: *burst
      anti_spoof: *anti_spoof
      allowed_addresses: *allowed_addresses
      state:
        description: Whether the pair is there. The default is O(state).
        type: str
        choices: [present, absent]
seealso:
  - module: hostnet.containers.netns
  - module: hostnet.containers.bridge
"""

EXAMPLES = r"""
- name: Connect a container
  hostnet.containers.veth_pair:
    netns: container-a
    bridge: web
    addresses: [10.20.0.2/24]
    gateways: [10.20.0.1]

- name: Connect many in one run
  hostnet.containers.veth_pair:
    bridge: web
    gateways: [10.20.0.1]
    pairs:
      - netns: container-a
        addresses: [10.20.0.2/24]
      - netns: container-b
        addresses: [10.20.0.3/24]
        rate_from_container: 10mbit

- name: Connect a container to two networks; replies leave by the network that they belong to
  hostnet.containers.veth_pair:
    netns: container-a
    pairs:
      - peer: eth0
        bridge: web
        addresses: [10.20.0.2/24]
        gateways: [10.20.0.1]
      - peer: eth1
        bridge: db
        addresses: [10.30.0.2/24]
        gateways: [10.30.0.1]

- name: Disconnect a container
  hostnet.containers.veth_pair:
    netns: container-a
    state: absent
"""

RETURN = r"""
actions:
  description: The steps that were done, or in check mode would be done, one readable line each.
  returned: always
  type: list
  elements: str
  sample: ["create veth veth1169b8fe in bridge web, peer eth0 in namespace container-a"]
pairs:
  description: The declared pairs as they are after the run.
  returned: success
  type: list
  elements: dict
  sample:
    - name: veth1169b8fe
      bridge: web
      netns: container-a
      peer: eth0
      mac: "02:42:0a:14:00:02"
      addresses: [10.20.0.2/24]
      gateways: [10.20.0.1]
      up: true
"""

from ansible_collections.hostnet.containers.plugins.module_utils.ansible_module import run
from ansible_collections.hostnet.containers.plugins.module_utils.declare.veth_pair import VethPair


def main():
    run(VethPair, returned="pairs")


if __name__ == "__main__":
    main()
