# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding and running the programs of the firewall. No shell is ever involved."""

from __future__ import annotations

import os
import shutil
import subprocess

_PATH = os.pathsep.join(["/usr/sbin", "/sbin", "/usr/bin", "/bin"])


def find(name):
    """Return the path of a program, or None."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), _PATH]))


def run(argv, text=""):
    """Run a program with some text as its input; return what `subprocess.run` does."""
    environment = {"PATH": _PATH, "LC_ALL": "C"}
    return subprocess.run(argv, input=text, capture_output=True, text=True, env=environment, check=False)
