# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let testinfra act in guests of `guest.sh` directly: by way of Ansible each command would cost a second."""

from __future__ import annotations

from urllib.parse import quote, unquote

import testinfra.backend
import testinfra.utils.ansible_runner
from testinfra.backend import base


class NspawnBackend(base.BaseBackend):
    """Commands by way of nsenter. The host's name is the file with the process id, quoted as in a URL."""

    NAME = "nspawn"

    def __init__(self, pid_file, *args, **kwargs):
        self._pid_file = unquote(pid_file)
        super().__init__(pid_file, *args, **kwargs)

    def run(self, command, *args, **_options):
        """Run a shell command in the guest."""
        with open(self._pid_file, encoding="ascii") as file:
            pid = file.read().strip()
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            leader = file.read().split()[0]
        return self.run_local(
            "nsenter --target %s --all --root --wd "
            "env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 sh -c %s",
            leader,
            self.get_command(command, *args),
        )


testinfra.backend.BACKENDS[NspawnBackend.NAME] = f"{__name__}.{NspawnBackend.__name__}"
_by_ansible = testinfra.utils.ansible_runner.get_ansible_host


def _get_ansible_host(config, inventory, host, ssh_config=None, ssh_identity_file=None):
    variables = inventory["_meta"]["hostvars"].get(host, {})
    if variables.get("ansible_connection") == "nspawn":
        folder = variables["nspawn_folder"]
        return testinfra.get_host("nspawn://" + quote(f"{folder}/{host}/pid", safe=""))
    return _by_ansible(config, inventory, host, ssh_config, ssh_identity_file)


testinfra.utils.ansible_runner.get_ansible_host = _get_ansible_host
