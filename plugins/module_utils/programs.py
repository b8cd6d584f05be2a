# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding and running programs of the host, such as those of the firewall. No shell is ever involved."""

from __future__ import annotations

import os
import shutil
import subprocess

_PATH = os.pathsep.join(["/usr/sbin", "/sbin", "/usr/bin", "/bin"])


def find(name):
    """Return the path of a program, or None."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), _PATH]))


def run(argv, text=""):
    """Run a program with some text as its input; return what `subprocess.run` does.

    What others wrote into a firewall need not be UTF-8: such bytes are kept as surrogates, and written as they were.
    """
    # Below ansible_module.py nothing knows AnsibleModule and its run_command: the engine also runs without Ansible.
    return subprocess.run(  # pylint: disable=ansible-bad-function
        argv,
        input=text,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        env={"PATH": _PATH, "LC_ALL": "C"},
        check=False,
    )
