# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program nft: our rules on frames of bridges, and what others decide on forwarded packets."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.errors import SystemFailure
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.nftables.bridge_table import (
    TABLE,
    read_bridge_table,
    table_text,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.nftables.forward_chains import (
    candidates,
    forward_chain,
)
from ansible_collections.hostnet.containers.plugins.module_utils.programs import find, run
from ansible_collections.hostnet.containers.plugins.module_utils.state.bridge_table import BridgeTable

_NAME = "nft"
_PROBE = BridgeTable(ports=frozenset(["veth"]))


class Nftables:
    """Reads and writes the rules on frames of the namespace that it runs in.

    Args:
        foreseen: whether a program that is missing is taken for one that holds no rules, as it is once installed.
    """

    def __init__(self, foreseen=False):
        self._foreseen = foreseen

    @staticmethod
    def installed():
        """Tell whether the host has the program."""
        return find(_NAME) is not None

    def read(self):
        """Return the `BridgeTable`; where the host cannot have one, it says why."""
        program = find(_NAME)
        if program is None and self._foreseen:
            return BridgeTable()
        if program is None:
            return BridgeTable(obstacle="the program nft is not installed")
        done = run([program, "-j", "list", "table", *TABLE.split()])
        if done.returncode == 0:
            return _understood(read_bridge_table, done.stdout)
        # Only a try tells a host without the table from a kernel that has no tables of nftables for bridges.
        tried = run([program, "-c", "-f", "-"], table_text(BridgeTable(), _PROBE))
        return BridgeTable(obstacle=None if tried.returncode == 0 else "nft refuses: " + _words(tried.stderr))

    def forward_chains(self):
        """Return a tuple of `ForwardChain`: the chains of others; empty where the program is not installed."""
        program = find(_NAME)
        if program is None:
            return ()
        done = run([program, "-j", "list", "chains"])
        found = []
        for name, policy in _understood(candidates, done.stdout) if done.returncode == 0 else ():
            listing = run([program, "-j", "list", "chain", *name.split(" ")])
            if listing.returncode == 0:
                found.append(forward_chain(name, policy, listing.stdout))
        return tuple(found)

    def mentions(self, table, word):
        """Tell whether a word stands between quotes somewhere in a table, such as an interface that it knows of."""
        listing = run([find(_NAME), "list", "table", *table.split(" ")])
        return '"%s"' % word in listing.stdout

    def write(self, before, after):
        """Lead from one `BridgeTable` to another in one transaction.

        Raises:
            SystemFailure: the program refused; the message holds its own words.
        """
        text = table_text(before, after)
        if not text:
            return
        done = run([find(_NAME), "-f", "-"], text)
        if done.returncode:
            raise SystemFailure(
                "nft refused the rules of table %s and changed nothing: %s" % (TABLE, _words(done.stderr))
            )


def _understood(read, listing):
    try:
        return read(listing)
    except ValueError as error:
        told = "the answer of nft is cut short or no JSON (%s); nothing was changed, try again" % error
        raise SystemFailure(told) from error


def _words(text):
    return " ".join(text.split())
