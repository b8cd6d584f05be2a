# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs of iptables: the one place that runs them."""

from __future__ import annotations

import dataclasses
import os

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Missing, SystemFailure
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.backends import (
    PROGRAM,
    other_backend,
    program_name,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.restore_text import restore_text
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import (
    HOOKS,
    PREFIX,
    Tables,
    parse,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.whole_text import (
    Unreadable,
    check_whole,
    unprintable,
)
from ansible_collections.hostnet.containers.plugins.module_utils.programs import find, run

LOCK_SECONDS = 30
_NATIVE = {4: "ip", 6: "ip6"}


class Iptables:
    """Reads and writes the firewall of the namespace that it runs in.

    Args:
        foreseen: whether a program that is missing is taken for one that holds no rules, as it is once installed.
    """

    def __init__(self, foreseen=False):
        self._foreseen = foreseen

    @staticmethod
    def installed(family):
        """Tell whether the host has the program."""
        return find(PROGRAM[family] + "-save") is not None

    def available(self, family):
        """Tell whether the host has the program and the kernel the family."""
        return (self._foreseen or self.installed(family)) and (family == 4 or os.path.exists("/proc/net/if_inet6"))

    def read(self, family):
        """Return the observed `Tables` of one family; empty ones where the family is not available."""
        if not self.installed(family) or not self.available(family):
            return Tables()
        return parse(self._saved(family, None))

    def read_other(self, family):
        """Return the `Tables` that the backend which is not in use holds; None if it has none, or is not there."""
        backend = other_backend(family)
        if backend is None:
            return None
        try:
            found = parse(self._saved(family, backend))
        except Unreadable:
            raise
        except SystemFailure:
            # Its program is there, but the kernel has no such tables.
            return None
        return dataclasses.replace(found, backend=backend) if found.by_name else None

    def write(self, family, before, after):
        """Bring our chains from `before` to `after`, in the backend of `after`, one transaction for each table.

        Raises:
            Missing: the program is not installed.
            SystemFailure: it refused; the message holds its own words.
        """
        text = restore_text(before, after)
        if text:
            self._run(family, after.backend, "-restore", ["--noflush", "--counters", "--wait=%d" % LOCK_SECONDS], text)

    def _saved(self, family, backend):
        text = self._run(family, backend, "-save", ["--counters"], "")
        name = program_name(family, backend) + "-save"
        check_whole(text, name)
        for table in HOOKS:
            # Where we write elsewhere, what others have is of no account, unless rules of ours are among it.
            if table in unprintable(text) and (backend is None or _native_holds_ours(family, table)):
                raise Unreadable(
                    "%s cannot print table %s: somebody wrote rules into it with nft that only nft understands, so "
                    "that ours in it cannot be read or changed; move those rules to a table of another name (see: nft "
                    "list table %s %s)" % (name, table, _NATIVE[family], table)
                )
        return text

    @staticmethod
    def _run(family, backend, suffix, arguments, text):
        name = program_name(family, backend) + suffix
        program = find(name)
        if program is None:
            raise Missing(missing_message(family))
        done = run([program, *arguments], text)
        if done.returncode:
            words = " ".join(
                line.strip() for line in done.stderr.splitlines() if line.strip() and not line.startswith("#")
            )
            raise SystemFailure("%s refused to do its work: %s" % (name, words or "no reason given"))
        return done.stdout


def _native_holds_ours(family, table):
    nft = find("nft")
    return nft is None or " " + PREFIX in run([nft, "list", "table", _NATIVE[family], table]).stdout


def missing_message(family):
    """The sentence for a host without the program of a family."""
    return (
        "%s is not available on the host; install the package iptables, or apply the role hostnet.containers.host_setup"
        % (PROGRAM[family])
    )
