#!/usr/bin/python
# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: network_info
short_description: Report on container networks as they really are
version_added: 1.0.0
description:
  - Tells of bridges, namespaces with their interfaces, addresses, routes and neighbours, published ports with counters,
    masquerade rules and the forwarding state, as the kernel has them and not as they were declared.
  - Tells every difference from the networks on record (C(/etc/hostnet/networks)) by the steps that would repair it,
    and, with O(declared), from networks as they are declared now.
  - Reaches into network namespaces, of which Ansible's own facts tell nothing. Register the result to use it.
extends_documentation_fragment:
  - hostnet.containers._common
  - hostnet.containers._common.info
options:
  name:
    description:
      - Report only on the network, bridge or namespace of this name. One that nothing bears is an error.
      - By default on all.
    type: str
  gather:
    description:
      - What to report on, each by the name of the return value. What is not asked for is not read, and not returned.
      - V(networks) reads the records alone, V(ports) and V(rules) the firewall; V(namespaces) enters each namespace.
    type: list
    elements: str
    choices: [networks, bridges, namespaces, ports, rules, forwarding, drift]
    default: [networks, bridges, namespaces, ports, rules, forwarding, drift]
  declared:
    description:
      - Networks as an inventory declares them, each a dict with the options of an element of
        O(hostnet.containers.network#module:networks), typed and checked as they are there.
      - RV(drift) then tells of each of them what a run of M(hostnet.containers.network) with all of them would change,
        whether it is on record or not, and of all others on record how they differ from that.
      - What that run would refuse because of the host is told there, too. Options that no host could have are an error.
    type: list
    elements: dict
seealso:
  - module: hostnet.containers.network
"""

EXAMPLES = r"""
- name: Look at everything
  hostnet.containers.network_info:
  register: found

- name: Show the default gateway of each container
  ansible.builtin.debug:
    msg: "{{ item.name }} goes out by {{ item.default_ipv4.gateway | default('nowhere') }}"
  loop: "{{ found.namespaces }}"
  loop_control:
    label: "{{ item.name }}"

- name: Ask for the published ports and their counters only
  hostnet.containers.network_info:
    gather: [ports]
  register: found

- name: Compare with what the inventory declares now
  hostnet.containers.network_info:
    gather: [drift]
    declared: "{{ hostnet_networks }}"
  register: found

- name: Fail if a network is not as it was declared
  ansible.builtin.assert:
    that: found.drift | length == 0
    fail_msg: "{{ found.drift }}"
"""

RETURN = r"""
networks:
  description: The networks on record, as they were declared, with the addresses that were allocated.
  returned: when gathered
  type: list
  elements: dict
  sample: [{name: web, bridge: br-web, subnets: [10.20.0.0/24]}]
bridges:
  description: Bridges of the collection, with their C(members) and C(neighbours).
  returned: when gathered
  type: list
  elements: dict
  sample: [{name: br-web, addresses: [10.20.0.1/24], up: true, members: [veth1169b8fe], owner: web}]
namespaces:
  description: Namespaces that the collection made, or that it put an interface into.
  returned: when gathered
  type: list
  elements: dict
  contains:
    name:
      description: Name of the namespace.
      type: str
      returned: success
    path:
      description: The file by which programs join the namespace.
      type: str
      returned: success
    owner:
      description: Who declared it. None for a namespace of somebody else.
      type: str
      returned: success
    attached:
      description: Whether the collection only gave a name to somebody else's namespace.
      type: bool
      returned: success
    interfaces:
      description: Interfaces inside, with addresses, and for pairs of the collection the host's end and the bridge.
      type: list
      elements: dict
      returned: success
    routes:
      description: Routes of the main table.
      type: list
      elements: dict
      returned: success
    neighbours:
      description: Which MAC address belongs to which address, as far as the namespace knows.
      type: list
      elements: dict
      returned: success
    default_ipv4:
      description: Default gateway, its interface, and the address on it. Empty if there is none.
      type: dict
      returned: success
    default_ipv6:
      description: The same for IPv6.
      type: dict
      returned: success
  sample:
    - name: container-a
      default_ipv4: {gateway: 10.20.0.1, interface: eth0, address: 10.20.0.2}
ports:
  description: Published ports. The counters count the first packet of each connection.
  returned: when gathered
  type: list
  elements: dict
  sample: [{host_port: "8888", container_ip: 10.20.0.2, container_port: "80", protocol: tcp, packets: 12, bytes: 720}]
rules:
  description: Masquerade rules.
  returned: when gathered
  type: list
  elements: dict
  sample: [{source: 10.20.0.0/24, bridge: br-web}]
forwarding:
  description: Whether the host forwards, the policy of the chain FORWARD, and the policies of the bridges.
  returned: when gathered
  type: dict
  sample: {ipv4: {enabled: true, policy: drop}, bridges: [{bridge: br-web, isolate: true}]}
drift:
  description:
    - For each network that is not as it was declared, the steps that would repair it.
    - What cannot be repaired from the record, such as a record that is gone, is told with the reason.
  returned: when gathered
  type: list
  elements: dict
  contains:
    network:
      description: Name of the network; none for steps that are about no single network.
      type: str
      returned: success
    repair:
      description: The steps, in the words of C(actions) of a run.
      type: list
      elements: str
      returned: success
  sample: [{network: web, repair: ["set up of br-web: no -> yes"]}]
"""

from ansible_collections.hostnet.containers.plugins.module_utils.ansible_module import run_info


def main():
    run_info()


if __name__ == "__main__":
    main()
