# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tree of chains by port, so that the cost of a new connection does not grow with the number of ports."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.rule import rule
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.tables import PREFIX

LEAF = 32
FAN_OUT = 16


def port_tree(root, protocol, entries):
    """Arrange the rules of one protocol in chains of at most a few dozen rules.

    The boundaries are fixed by the port numbers alone, so that a port that comes or goes changes only the chains
    that hold it.

    Args:
        root: the chain that the tree hangs from.
        protocol: ``tcp``, ``udp`` or ``sctp``.
        entries: pairs of `PortRange` and `Rule`, sorted.

    Returns:
        dict: from chain name to its list of rules; `root` is one of them.
    """
    chains = {}
    chains[root] = _branch(chains, protocol, entries, 0, 65536)
    return chains


def _branch(chains, protocol, entries, first, width):
    if len(entries) <= LEAF or width == 1:
        return [item for _ports, item in entries]
    jumps = []
    step = width // FAN_OUT
    for low in range(first, first + width, step):
        high = low + step - 1
        inside = [entry for entry in entries if entry[0].first <= high and entry[0].last >= low]
        if inside:
            name = "%s%s-%d-%d" % (PREFIX, protocol.upper(), low, high)
            chains[name] = _branch(chains, protocol, inside, low, step)
            jumps.append(rule("-p %s -m %s --dport %d:%d" % (protocol, protocol, low, high), "-j " + name))
    return jumps
