# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The engine as one file, which needs no Ansible."""

from __future__ import annotations

DOCUMENTATION = r"""
name: restore_program
short_description: The program that restores networks on a host
version_added: 1.0.0
author: Contributors to hostnet.containers (@hostnet)
description:
  - Writes the program C(hostnet-restore) into Ansible's temporary folder on the control node and returns its path.
  - It is a zipped application of Python that holds the engine of this collection. With the argument C(restore) it
    brings the networks on record in C(/etc/hostnet/networks) to what the record says. It needs Python, pyroute2 and the
    programs of the firewall, and no Ansible.
  - The same version of the collection gives the same bytes.
  - The role P(hostnet.containers.boot_restore#role) installs it, with the units that start it.
options: {}
seealso:
  - module: hostnet.containers.network
"""

EXAMPLES = r"""
- name: Have the program on a host
  ansible.builtin.copy:
    src: "{{ lookup('hostnet.containers.restore_program') }}"
    dest: /usr/local/lib/hostnet/hostnet-restore
    mode: "0755"
"""

RETURN = r"""
_raw:
  description: A list of one element, the path of the program on the control node.
  type: list
  elements: path
"""

import os

from ansible import constants
from ansible.plugins.lookup import LookupBase

from ansible_collections.hostnet.containers.plugins.plugin_utils.restore_archive import archive


class LookupModule(LookupBase):
    """The lookup plugin."""

    def run(self, terms, variables=None, **kwargs):
        """Write the program, and return its path in a list."""
        path = os.path.join(constants.DEFAULT_LOCAL_TMP, "hostnet-restore")
        with open(path, "wb") as file:
            file.write(archive())
        return [path]
