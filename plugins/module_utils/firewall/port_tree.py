# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tree of chains by port, so that the cost of a new connection does not grow with the number of ports."""

from __future__ import annotations

LEAF = 32
FAN_OUT = 16


def port_tree(root, entries, branch):
    """Arrange the rules of one protocol in chains of at most a few dozen rules.

    The boundaries are fixed by the port numbers alone, so that a port that comes or goes changes only the chains
    that hold it.

    Args:
        root: the chain that the tree hangs from.
        entries: pairs of `PortRange` and rule, sorted.
        branch: function from the lowest and the highest port of a chain to its name and the rule that jumps to it.

    Returns:
        dict: from chain name to its list of rules; `root` is one of them.
    """
    chains = {}
    chains[root] = _branch(chains, entries, branch, 0, 65536)
    return chains


def _branch(chains, entries, branch, first, width):
    if len(entries) <= LEAF or width == 1:
        return [item for _ports, item in entries]
    jumps = []
    step = width // FAN_OUT
    for low in range(first, first + width, step):
        high = low + step - 1
        inside = [entry for entry in entries if entry[0].first <= high and entry[0].last >= low]
        if inside:
            name, jump = branch(low, high)
            chains[name] = _branch(chains, inside, branch, low, step)
            jumps.append(jump)
    return jumps
