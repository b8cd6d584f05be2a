# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs of iptables: the one place that runs them."""

from __future__ import annotations

import os
import shutil
import subprocess

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Missing, SystemFailure
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.restore import restore_text
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.tables import Tables, parse

PROGRAM = {4: "iptables", 6: "ip6tables"}
LOCK_SECONDS = 30
_PATH = os.pathsep.join(["/usr/sbin", "/sbin", "/usr/bin", "/bin"])


class Iptables:
    """Reads and writes the firewall of the namespace that it runs in."""

    def available(self, family):
        """Tell whether the host has the program and the kernel the family."""
        return _find(PROGRAM[family] + "-save") is not None and (family == 4 or os.path.exists("/proc/net/if_inet6"))

    def read(self, family):
        """Return the observed `Tables` of one family; empty ones where the family is not available."""
        if not self.available(family):
            return Tables()
        return parse(self._run(family, "-save", ["--counters"], ""))

    def write(self, family, before, after):
        """Bring our chains from `before` to `after`, one transaction for each table.

        Raises:
            Missing: the program is not installed.
            SystemFailure: it refused; the message holds its own words.
        """
        text = restore_text(before, after)
        if text:
            self._run(family, "-restore", ["--noflush", "--counters", "--wait=%d" % LOCK_SECONDS], text)

    def _run(self, family, suffix, arguments, text):
        name = PROGRAM[family] + suffix
        program = _find(name)
        if program is None:
            raise Missing(missing_message(family))
        done = subprocess.run([program] + arguments, input=text, capture_output=True, text=True, env={"PATH": _PATH, "LC_ALL": "C"}, check=False)
        if done.returncode:
            raise SystemFailure(_refusal(name, text, done.stderr))
        return done.stdout


def missing_message(family):
    """The sentence for a host without the program of a family."""
    return "%s is not available on the host; install the package iptables, or apply the role hostnet.containers.host_setup" % (
        PROGRAM[family]
    )


def _find(name):
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), _PATH]))


def _refusal(name, text, stderr):
    words = " ".join(line.strip() for line in stderr.splitlines() if line.strip() and not line.startswith("#"))
    return "%s refused the rules and changed nothing: %s" % (name, words or "no reason given")
