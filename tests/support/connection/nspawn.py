# Copyright: Contributors to hostnet.containers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connect to a guest of the tests by entering its namespaces. Not part of what the collection offers."""

from __future__ import annotations

DOCUMENTATION = """
name: nspawn
short_description: Run tasks in a guest started by guest.sh
description:
  - Enters the namespaces of a guest. No network and no SSH server is needed.
author: Contributors to hostnet.containers
options:
  pid_file:
    description: File with the process id of C(systemd-nspawn); read again for each command, so a reboot is survived.
    required: true
    vars:
      - name: nspawn_pid_file
"""

import subprocess

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import ConnectionBase


class Connection(ConnectionBase):
    """Commands and files by way of nsenter."""

    transport = "nspawn"
    has_pipelining = True

    def _connect(self):
        self._connected = True
        return self

    def exec_command(self, cmd, in_data=None, sudoable=True):
        """Run a shell command in the guest."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        done = self._run(["/bin/sh", "-c", cmd], in_data)
        return done.returncode, done.stdout, done.stderr

    def put_file(self, in_path, out_path):
        """Copy a file into the guest."""
        super().put_file(in_path, out_path)
        with open(in_path, "rb") as source:
            self._must(["/bin/sh", "-c", 'cat > "$0"', out_path], source.read())

    def fetch_file(self, in_path, out_path):
        """Copy a file out of the guest."""
        super().fetch_file(in_path, out_path)
        with open(out_path, "wb") as target:
            target.write(self._must(["cat", in_path]).stdout)

    def close(self):
        """Nothing stays open between commands."""
        self._connected = False

    def _leader(self):
        pid_file = self.get_option("pid_file")
        try:
            with open(pid_file, encoding="ascii") as file:
                pid = file.read().strip()
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                return file.read().split()[0]
        except (OSError, IndexError) as error:
            raise AnsibleConnectionFailure(f"no running guest is named by {pid_file}: {error}") from error

    def _run(self, argv, data=None):
        inside = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", *argv]
        command = ["nsenter", "--target", self._leader(), "--all", "--root", "--wd", *inside]
        return subprocess.run(command, input=data or b"", capture_output=True, check=False)

    def _must(self, argv, data=None):
        done = self._run(argv, data)
        if done.returncode:
            raise AnsibleError(f"{argv}: {done.stderr.decode(errors='replace')}")
        return done
