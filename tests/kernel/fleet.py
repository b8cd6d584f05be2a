# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Throw-away hosts as the hosts of an inventory, and the playbooks of the collection run on them by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Fleet:
    """Hosts of an inventory.

    Args:
        folder: for the inventory and what Ansible keeps.
        hosts: dict from name to `hosts.Host`.
        variables: dict from name to the variables of that host.
    """

    def __init__(self, folder, hosts, variables):
        self._folder = folder
        self.hosts = hosts
        self.declare(variables)

    def declare(self, variables):
        """Write the inventory anew."""
        found = {
            name: {"ansible_connection": "local", "ansible_python_interpreter": self._python(name), **given}
            for name, given in variables.items()
        }
        path = self._folder / "hosts.json"
        path.write_text(json.dumps({"all": {"hosts": found}}), encoding="utf-8")

    def play(self, playbook, *arguments):
        """Run a playbook; returns exit code and output."""
        settings = {
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".dev"),
            "ANSIBLE_HOME": str(self._folder / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "1",
            "HOME": str(self._folder),
            "LC_ALL": "C.UTF-8",
        }
        program = str(Path(sys.executable).parent / "ansible-playbook")
        argv = [program, "-i", str(self._folder / "hosts.json"), *arguments, playbook]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        done = subprocess.run(
            argv, capture_output=True, text=True, check=False, timeout=300, env={**environment, **settings}
        )
        return done.returncode, done.stdout + done.stderr

    def _python(self, name):
        """A Python that runs inside the host: the modules are given to it on standard input."""
        if name not in self.hosts:
            return "/bin/false"
        pid = self.hosts[name].pid
        path = self._folder / ("python-" + name)
        path.write_text(
            "#!/bin/sh\nexec nsenter --target %d --net --mount --root --wd '%s' \"$@\"\n" % (pid, sys.executable),
            encoding="utf-8",
        )
        path.chmod(0o755)
        return str(path)


def recap(told, host):
    """The counts of a host at the end of a run, by name."""
    line = next(line for line in told.splitlines() if line.startswith(host + " ") and "ok=" in line)
    return {name: int(count) for name, count in (item.split("=") for item in line.partition(":")[2].split())}
