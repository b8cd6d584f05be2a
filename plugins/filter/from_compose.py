# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A Compose file's networks, services and ports as networks of this collection."""

from __future__ import annotations

DOCUMENTATION = r"""
name: from_compose
short_description: Networks, services and ports of a Compose file as hostnet_networks
version_added: 1.0.0
author: Contributors to hostnet.containers (@hostnet)
description:
  - Turns a Compose file into a list of networks as M(hostnet.containers.network) takes them in
    O(hostnet.containers.network#module:networks), and the playbook
    C(hostnet.containers.site) in C(hostnet_networks). What the module would refuse is refused here, by the key of the
    file.
  - Each service becomes a container of its name. C(container_name) is the name of its namespace, and with the aliases
    a further name.
  - Of a service on several networks, the first one counts for the default route and for what is published. That is
    one that is not internal, then
    that of the highest C(gw_priority), of the highest C(priority), and the first by name.
  - Services that name no network are on the network C(default), and those with C(network_mode=bridge) on the network
    C(bridge).
  - A network without a subnet of IPv4 gets a /22 of O(ipv4_pool), one that enables IPv6 and gives no subnet of it a
    /64 of C(fd00::/8). Which one follows
    from a hash of the name of the network, so that it is the same on every controller, and stays when other networks
    come and go. Where it overlaps a subnet
    that the file gives, or that of a network whose name sorts before, the next free one is taken.
  - A service that gives an address of one family on a network of both has in the other the address that is as far
    from the start of its subnet, if no
    other service has it, else the lowest that is free.
  - A bridge whose name would be longer than 15 characters is called C(br-) and 12 digits of a hash of the network's
    name.
  - What has no equivalent is shown as a warning, with its key. P(hostnet.containers.from_compose_warnings#filter)
    returns the same sentences.
    Keys that have nothing to do with networks, such as C(image), C(volumes) and C(healthcheck), are ignored.
positional: _input
options:
  _input:
    description:
      - The text of the file, or what a YAML parser made of it.
      - Text is the better choice. It is read as Compose reads it, where C(22:22) without quotes is a pair of ports.
        For Ansible it is the number 1342, which
        is refused.
    type: raw
    required: true
  prefix:
    description:
      - What to put before the names of networks and namespaces, such as V(shop-), to keep several files apart on one
        host.
      - Networks with a C(name) of their own keep that. Names by which containers find each other stay as they are.
    type: str
    default: ""
  variables:
    description:
      - The values of variables such as C(${PORT}) or C(${PORT:-8080}) in the file. What only programs need, such as
        C(environment), needs none.
    type: dict
    default: {}
  profiles:
    description:
      - The profiles whose services count. Without it, services that are in a profile are left out, as Compose does.
    type: list
    elements: str
    default: []
  ipv4_pool:
    description: Where subnets are taken from for networks that give none.
    type: str
    default: 10.192.0.0/10
seealso:
  - module: hostnet.containers.network
  - plugin: hostnet.containers.from_compose_warnings
    plugin_type: filter
"""

EXAMPLES = r"""
- name: The networks of a Compose file on a host
  hostnet.containers.network:
    networks: "{{ lookup('ansible.builtin.file', 'compose.yml') | hostnet.containers.from_compose }}"

# As a variable of a host or a group, for the playbook hostnet.containers.site:
#
# hostnet_networks: >-
#   {{ lookup('ansible.builtin.file', 'compose.yml') | hostnet.containers.from_compose(prefix='shop-') }}

- name: With variables, and the services of a profile
  ansible.builtin.debug:
    msg: "{{ compose | hostnet.containers.from_compose(variables={'PORT': 8080}, profiles=['debug']) }}"
  vars:
    compose: "{{ lookup('ansible.builtin.file', 'compose.yml') }}"

# This file
#
# services:
#   web:
#     image: nginx
#     ports: ["8080:80", "127.0.0.1:8443:443"]
#     networks: [front, back]
#   db:
#     image: postgres
#     networks:
#       back:
#         aliases: [database]
#         ipv4_address: 10.30.0.5
# networks:
#   front: {}
#   back:
#     internal: true
#     ipam:
#       config:
#         - subnet: 10.30.0.0/24
#
# becomes
#
# - name: front
#   subnets: [10.210.36.0/22]
#   containers:
#     - name: web
#       ports: ["8080:80", "127.0.0.1:8443:443"]
#       networks: [back]
# - name: back
#   internal: true
#   subnets: [10.30.0.0/24]
#   containers:
#     - name: db
#       hosts: [database]
#       addresses: [10.30.0.5]
"""

RETURN = r"""
_value:
  description: The networks, with their containers.
  type: list
  elements: dict
"""

from ansible.utils.display import Display

from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.as_filter import converted


def from_compose(compose, prefix="", variables=None, profiles=None, ipv4_pool=None):
    """Return the networks, and warn of what has no equivalent."""
    result = converted("from_compose", compose, prefix, variables, profiles, ipv4_pool)
    for sentence in result.warnings:
        Display().warning("from_compose: " + sentence)
    return result.networks


class FilterModule:
    """The filter."""

    def filters(self):
        """Return the functions by name."""
        return {"from_compose": from_compose}
