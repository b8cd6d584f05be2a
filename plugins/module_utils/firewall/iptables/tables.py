# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of a firewall that concerns us, read from the text of iptables-save."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import MARK, Rule

PREFIX = "HOSTNET-"
USER_INPUT = "HOSTNET-USER-INPUT"
_USER = "HOSTNET-USER"
# Of these we make the chains; what is in them, and in others whose names begin like that, is the user's.
USER_CHAINS = (_USER, "HOSTNET-USER-SNAT", USER_INPUT)
HOOKS = {
    "raw": ("PREROUTING",),
    "nat": ("PREROUTING", "OUTPUT", "POSTROUTING"),
    "filter": ("FORWARD", "INPUT"),
}
_JUMP = " " + PREFIX
_LINE = re.compile(r"(\[\d+:\d+\] )?-A (\S+) ?(.*)")


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        chains: dict from chain name to its rules: chains of ours, and the kernel's chains that we hook into.
        policies: dict from the kernel's chains to their policies.
        jumped_to: names of chains of ours that rules of others jump to. These cannot be removed, only emptied.
    """

    chains: dict = field(default_factory=dict)
    policies: dict = field(default_factory=dict)
    jumped_to: frozenset = field(default=frozenset(), compare=False)

    def ours(self):
        """Return the chains of ours."""
        return {name: rules for name, rules in self.chains.items() if name.startswith(PREFIX)}

    def emptied(self):
        """Return those chains of ours that have to stay though we do not need them, without their rules."""
        return {name: () for name in self.chains if name in self.jumped_to}


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables of one family. A table that is not there is as good as empty.

    Attributes:
        by_name: dict from table name to `Table`.
        backend: whose tables they are, ``nft`` or ``legacy``; None for those of the host's ``iptables``. Not compared.
    """

    by_name: dict = field(default_factory=dict)
    backend: str = None

    def __eq__(self, other):
        return isinstance(other, Tables) and all(self.table(name) == other.table(name) for name in HOOKS)

    __hash__ = None

    def table(self, name):
        """Return a table, an empty one with the kernel's defaults if the firewall has none."""
        found = self.by_name.get(name)
        hooks = HOOKS[name]
        if found is None:
            return Table({hook: () for hook in hooks}, {hook: "ACCEPT" for hook in hooks})
        return found

    def with_table(self, name, table):
        """Return the tables with one replaced."""
        return dataclasses.replace(self, by_name=dict(self.by_name, **{name: table}))

    def rules_of_ours(self):
        """Yield table name, chain name and rule of every rule in our chains, but for those that are the user's."""
        for name, table in self.by_name.items():
            for chain, rules in table.ours().items():
                if chain not in USER_CHAINS:
                    for item in rules:
                        yield name, chain, item

    @property
    def hold_ours(self):
        """Whether there is a chain of ours, or a jump to one; the user's chains, and empty ones that stay, do not."""
        return any(
            any(
                chain not in USER_CHAINS and (rules or chain not in table.jumped_to)
                for chain, rules in table.ours().items()
            )
            or any(map(is_ours, table.chains[hook]))
            for name, table in self.by_name.items()
            for hook in HOOKS[name]
        )

    @property
    def used_by_others(self):
        """Whether others have rules for forwarded packets."""
        return any(not is_ours(item) for item in self.table("filter").chains["FORWARD"])

    @property
    def others_need_accept(self):
        """Whether others publish ports and leave it to the policy ACCEPT of FORWARD to let the packets through.

        Docker does not: it closes FORWARD itself and accepts what is its own.
        """
        publish = any(not is_ours(item) for item in self.table("nat").chains["PREROUTING"])
        return publish and not any(item.target.startswith("DOCKER") for item in self.table("filter").chains["FORWARD"])

    def without_ours(self, forward_policy):
        """Return the tables without our chains and jumps, and with this policy of the FORWARD chain."""
        by_name = {}
        for name, table in self.by_name.items():
            kept = {hook: tuple(item for item in table.chains[hook] if not is_ours(item)) for hook in HOOKS[name]}
            policies = dict(table.policies, FORWARD=forward_policy) if name == "filter" else table.policies
            by_name[name] = Table({**kept, **table.emptied()}, policies, table.jumped_to)
        return dataclasses.replace(self, by_name=by_name)


def is_ours(rule):
    """Tell whether a rule in one of the kernel's chains is a jump of ours. Those of others may lead to us, too."""
    return rule.target.startswith(PREFIX) and rule.comment.split(" ")[0] == MARK


def _is_ours(chain):
    return chain.startswith(PREFIX) and (chain in USER_CHAINS or not chain.startswith(_USER))


def parse(text):
    """Read the text that ``iptables-save --counters`` prints.

    Args:
        text: the whole output, any backend, any version from 1.8.7 on.

    Returns:
        Tables: only what concerns us.
    """
    by_name, chains, policies, jumps, hooks = {}, {}, {}, [], ()
    for line in text.splitlines():
        if line.startswith("*"):
            chains, policies, jumps, hooks = {}, {}, [], HOOKS.get(line[1:], ())
            if hooks:
                by_name[line[1:]] = (chains, policies, jumps)
        elif line.startswith(":"):
            name, policy = line[1:].split()[:2]
            if hooks and (name in hooks or _is_ours(name)):
                chains[name] = []
                if policy != "-":
                    policies[name] = policy
        elif "-A " in line[:40]:
            match = _LINE.match(line)
            if match and match.group(2) in chains:
                counters = match.group(1)
                chains[match.group(2)].append(Rule(match.group(3), counters.strip() if counters else None))
            if match and _JUMP in match.group(3) and (match.group(2) in USER_CHAINS or not _is_ours(match.group(2))):
                jumps.append(Rule(match.group(3)))
    return Tables({name: _table(*found, HOOKS[name]) for name, found in by_name.items()})


def _table(chains, policies, jumps, hooks):
    filled = {hook: () for hook in hooks}
    filled.update((name, tuple(rules)) for name, rules in chains.items())
    jumped_to = frozenset(item.target for item in jumps if not is_ours(item)).intersection(filled)
    return Table(filled, dict({hook: "ACCEPT" for hook in hooks}, **policies), jumped_to)
