# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program nft: guards on bridges, and what others decide on forwarded packets."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Missing, SystemFailure
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.nftables.forward_chains import (
    candidates,
    forward_chain,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.nftables.guards import (
    TABLE,
    guard_text,
    read_guards,
)
from ansible_collections.hostnet.containers.plugins.module_utils.programs import find, run

_NAME = "nft"


class Nftables:
    """Reads and writes the guards of the namespace that it runs in."""

    def read(self):
        """Return the guards: dict from port to (MAC, interface addresses); empty where the program is not installed."""
        program = find(_NAME)
        if program is None:
            return {}
        done = run([program, "-j", "list", "table", *TABLE.split()])
        return read_guards(done.stdout) if done.returncode == 0 else {}

    def forward_chains(self):
        """Return a tuple of `ForwardChain`: the chains of others; empty where the program is not installed."""
        program = find(_NAME)
        if program is None:
            return ()
        done = run([program, "-j", "list", "chains"])
        found = []
        for name, policy in candidates(done.stdout) if done.returncode == 0 else ():
            listing = run([program, "-j", "list", "chain", *name.split(" ")])
            if listing.returncode == 0:
                found.append(forward_chain(name, policy, listing.stdout))
        return tuple(found)

    def mentions(self, table, word):
        """Tell whether a word stands between quotes somewhere in a table, such as an interface that it knows of."""
        listing = run([find(_NAME), "list", "table", *table.split(" ")])
        return '"%s"' % word in listing.stdout

    def write(self, changes):
        """Set guards, or take them away, in one transaction.

        Args:
            changes: dict from port to (MAC, interface addresses), or to None for no guard.

        Raises:
            Missing: the program is not installed.
            SystemFailure: it refused; the message holds its own words.
        """
        text = guard_text(self.read(), changes)
        if not text:
            return
        program = find(_NAME)
        if program is None:
            raise Missing("anti_spoof needs the program nft; install the package nftables, or leave anti_spoof out")
        done = run([program, "-f", "-"], text)
        if done.returncode:
            raise SystemFailure(
                "nft refused the guards of %s and changed nothing: %s"
                % (", ".join(sorted(changes)), " ".join(done.stderr.split()))
            )
