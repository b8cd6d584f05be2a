# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation that the modules share. Private: it may change at any time."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  platform:
    support: full
    platforms: linux
    description: Needs Linux and root.
requirements:
  - Python 3.9 or newer
  - pyroute2 0.7.2 or newer
author:
  - Contributors to hostnet.containers (@hostnet)
"""

    DECLARED = r"""
options:
  state:
    description:
      - Whether the resource is there.
      - Removing what is not there changes nothing.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    support: full
    description: Predicts exactly what a run would do, also where an earlier task would make what is relied on.
  diff_mode:
    support: full
    description: Returns what differs, as it is declared.
  idempotent:
    support: full
    description: A second run with the same input changes nothing and writes nothing.
notes:
  - What the collection makes carries its mark (interface alias or rule comment C(hostnet)). Interfaces, addresses,
    routes and rules of others are never changed or removed, and one of them in the way is an error.
  - Runs on one host take turns by a lock under C(/run/hostnet).
  - If a step fails, what the call has done before is taken back.
"""

    INFO = r"""
options: {}
attributes:
  action_group:
    support: full
    membership: [hostnet.containers.all]
    description: Use C(group/hostnet.containers.all) in C(module_defaults) to set defaults for all modules.
  check_mode:
    support: full
    description: Changes nothing in either mode.
  diff_mode:
    support: N/A
    description: Changes nothing.
  idempotent:
    support: full
    description: Changes nothing.
"""

    NETWORK = r"""
options: {}
attributes:
  action_group:
    support: full
    membership: [hostnet.containers.all]
    description: Use C(group/hostnet.containers.all) in C(module_defaults) to set defaults for all modules.
"""

    OWNED = r"""
attributes:
  action_group:
    support: full
    membership: [hostnet.containers.all, hostnet.containers.cards]
    description:
      - Use C(group/hostnet.containers.all) in C(module_defaults) to set defaults for all modules, and
        C(group/hostnet.containers.cards) to set those of O(owner) and O(purge) for the modules that have them.
options:
  owner:
    description:
      - Who declares the resources. It is the scope of O(purge).
      - Any name will do, such as that of a role or an application.
    type: str
    default: default
  purge:
    description:
      - Also remove what the same O(owner) declared earlier and this call does not name.
    type: bool
    default: false
"""

    IPTABLES = r"""
options: {}
requirements:
  - iptables 1.8.7 or newer, of either backend (and ip6tables for IPv6)
"""
