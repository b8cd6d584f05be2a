# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What iptables-restore does with a text, in memory."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import Rule
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import HOOKS, Table


def restored(tables, text):
    """Return the tables after ``iptables-restore --noflush --counters`` has read a text."""
    for block in text.split("COMMIT\n"):
        if block:
            name, *lines = block.splitlines()
            table = tables.table(name[1:])
            chains = {chain: list(rules) for chain, rules in table.chains.items()}
            policies = dict(table.policies)
            for line in lines:
                _obey(chains, policies, line, HOOKS[name[1:]])
            for chain, rules in chains.items():
                for rule in rules:
                    if rule.target.startswith("HOSTNET-") and rule.target not in chains:
                        raise ValueError("%s jumps to %s, which is not there" % (chain, rule.target))
            filled = {chain: tuple(rules) for chain, rules in chains.items()}
            tables = tables.with_table(name[1:], Table(filled, policies))
    return tables


def _obey(chains, policies, line, hooks):
    if line.startswith(":"):
        chain, policy = line[1:].split()[:2]
        if chain in hooks:
            policies[chain] = policy
        else:
            chains[chain] = []
        return
    counters = None
    if line.startswith("["):
        counters, line = line.split(" ", 1)
    verb, chain, *rest = line.split(" ", 2)
    if verb == "-A":
        chains[chain].append(Rule(rest[0], counters))
    elif verb == "-I":
        position, rule = rest[0].split(" ", 1)
        chains[chain].insert(int(position) - 1, Rule(rule))
    elif verb == "-D":
        chains[chain].remove(Rule(rest[0]))
    elif verb == "-F":
        chains[chain].clear()
    elif verb == "-X":
        if chains.pop(chain):
            raise ValueError("%s is not empty" % chain)
    else:
        raise ValueError(line)
