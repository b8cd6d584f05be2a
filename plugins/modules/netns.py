#!/usr/bin/python
# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: netns
short_description: Manage network namespaces
version_added: 1.0.0
description:
  - Makes network namespaces under C(/run/netns), where C(ip netns) and C(NetworkNamespacePath=) find them.
  - A new namespace has a loopback interface only, and no route.
extends_documentation_fragment:
  - hostnet.containers._common
  - hostnet.containers._common.declared
  - hostnet.containers._common.owned
options:
  name:
    description:
      - Name of the namespace.
      - Letters, digits, C(_), C(.) and C(-), starting with a letter or digit.
    type: str
  sysctls: &sysctls
    description:
      - Kernel settings inside the namespace. Only keys below C(net.) are allowed.
      - A setting that is no longer listed keeps its value.
    type: dict
  loopback: &loopback
    description:
      - Whether the namespace's C(lo) is up.
      - The default is V(true).
    type: bool
  pid: &pid
    description:
      - Give the name to the network namespace of this running process instead of making a new one.
      - O(loopback) and O(sysctls) count there, too. The namespace of the host itself is refused.
      - Mutually exclusive with O(path).
    type: int
  path: &path
    description:
      - Give the name to the namespace that is mounted on, or that is, this file, such as C(/proc/1234/ns/net).
      - O(loopback) and O(sysctls) count there, too. The namespace of the host itself is refused.
      - Mutually exclusive with O(pid).
    type: path
  namespaces:
    description:
      - Many namespaces in one call, each with the options of the module.
      - An option beside the list holds for every element that does not give its own.
      - Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the namespace.
        type: str
      sysctls: *sysctls
      loopback: *loopback
      pid: *pid
      path: *path
      state:
        description: Whether the namespace is there. The default is O(state).
        type: str
        choices: [present, absent]
seealso:
  - module: hostnet.containers.veth_pair
"""

EXAMPLES = r"""
- name: Make a namespace
  hostnet.containers.netns:
    name: container-a

- name: Make many in one run, and remove those that were declared before and are not listed any more
  hostnet.containers.netns:
    owner: web
    purge: true
    namespaces:
      - name: container-a
      - name: container-b
        sysctls:
          net.ipv4.ip_unprivileged_port_start: 0

- name: Give a name to the network namespace of a running process
  hostnet.containers.netns:
    name: database
    pid: 4711
"""

RETURN = r"""
actions:
  description: The steps that were done, or in check mode would be done, one readable line each.
  returned: always
  type: list
  elements: str
  sample: [create namespace container-a]
namespaces:
  description: The declared namespaces.
  returned: success
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
    created:
      description: Whether this call made it.
      type: bool
      returned: success
  sample:
    - name: container-a
      path: /run/netns/container-a
      created: true
"""

from ansible_collections.hostnet.containers.plugins.module_utils.ansible_module import run
from ansible_collections.hostnet.containers.plugins.module_utils.declare.netns import Netns


def main():
    run(Netns, returned="namespaces")


if __name__ == "__main__":
    main()
