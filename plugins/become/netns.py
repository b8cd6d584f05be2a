# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Run any module inside a network namespace of a host."""

from __future__ import annotations

DOCUMENTATION = r"""
name: netns
short_description: Run modules inside a network namespace of the host
version_added: 1.0.0
author: Contributors to hostnet.containers (@hostnet)
description:
  - Runs what a module executes by C(ip netns exec), as root, so that any module sees the network of a container,
    over any connection, such as M(ansible.builtin.uri), M(ansible.builtin.wait_for) and M(ansible.builtin.setup).
  - The module sees the container's interfaces, its C(/etc/hosts) and C(/etc/resolv.conf). Everything else, such as
    files and processes, is the host's.
  - Where the connection's user is not root, C(sudo) is called first.
options:
  hostnet_netns:
    description: Name of the namespace, as C(ip netns) shows it. It is the container's name unless another was declared.
    type: str
    required: true
    vars:
      - name: hostnet_netns
  become_user:
    description: The user to become inside the namespace; root unless another is given.
    type: str
    keyword:
      - name: become_user
    vars:
      - name: ansible_become_user
  become_pass:
    description: Password for C(sudo), where the connection's user is not root and C(sudo) asks for one.
    type: str
    vars:
      - name: ansible_become_password
      - name: ansible_become_pass
notes:
  - The host needs iproute2, which the role hostnet.containers.host_setup installs.
seealso:
  - plugin: hostnet.containers.containers
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Ask container-a for its own view of the network
  hosts: web
  become: true
  become_method: hostnet.containers.netns
  vars:
    hostnet_netns: container-a
  tasks:
    - name: Gather the facts of the container's network
      ansible.builtin.setup:
        gather_subset: [network]

    - name: Ask its web server from inside
      ansible.builtin.uri:
        url: http://127.0.0.1/
"""

import re
import shlex

from ansible.errors import AnsibleError
from ansible.plugins.become import BecomeBase

# As hostnet.containers.netns accepts them; nothing else gets into a command of the shell.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


class BecomeModule(BecomeBase):
    """Enter the namespace as root, and become another user there if asked for."""

    name = "hostnet.containers.netns"
    fail = ("Sorry, try again.",)
    missing = ("sudo: a password is required", "Sorry, a password is required to run sudo")

    def get_option(self, option, hostvars=None, playcontext=None):
        """Return an option.

        Ansible leaves a become plugin out where it would become the user that is logged in. As root, too, the namespace
        has to be entered, so root is not named.
        """
        value = super().get_option(option, hostvars, playcontext)
        return "" if option == "become_user" and value in (None, "root") else value

    def build_become_command(self, cmd, shell):
        """Return the command of the shell that runs `cmd` in the namespace."""
        super().build_become_command(cmd, shell)
        if not cmd:
            return cmd
        enter = shlex.join(["ip", "netns", "exec", self._namespace(), *self._as_user()])
        command = "%s %s" % (enter, self._build_success_command(cmd, shell))
        # Not every connection has /usr/sbin on the path of root; sudo has a path of its own.
        as_root = "PATH=$PATH:/usr/sbin:/sbin exec %s" % command
        as_other = "exec %s %s" % (self._sudo(), command)
        return "/bin/sh -c %s" % shlex.quote('if [ "$(id -u)" = 0 ]; then %s; else %s; fi' % (as_root, as_other))

    def _namespace(self):
        name = str(self.get_option("hostnet_netns"))
        if not _NAME.fullmatch(name):
            raise AnsibleError(
                "hostnet_netns: %r is not the name of a namespace; use letters, digits, '_', '.' and '-'" % name
            )
        return name

    def _as_user(self):
        user = self.get_option("become_user")
        return ["runuser", "-u", user, "--"] if user else []

    def _sudo(self):
        if not self.get_option("become_pass"):
            return "sudo -H -n"
        self.prompt = "[sudo for hostnet.containers.netns, key=%s] password:" % self._id
        return "sudo -H -S -p %s" % shlex.quote(self.prompt)
