# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chains of others that judge forwarded packets and that iptables does not show: those of nftables."""

from __future__ import annotations

import json
from dataclasses import dataclass

_FAMILIES = {"ip": (4,), "ip6": (6,), "inet": (4, 6)}
_REFUSALS = ("drop", "reject")


@dataclass(frozen=True)
class ForwardChain:
    """A base chain of nftables on the kernel's hook for forwarded packets.

    Attributes:
        name: family, table and chain as nft writes them, such as ``inet netavark FORWARD``.
        families: the families of addresses that it sees: 4, 6.
        used: whether it has a rule.
        closed: whether it drops or rejects what none of its rules accepts.
    """

    name: str
    families: tuple
    used: bool
    closed: bool

    @property
    def table(self):
        """Family and name of its table."""
        return self.name.rpartition(" ")[0]


def candidates(listing):
    """Return the base chains for forwarded packets in the JSON listing of all chains, as (name, policy).

    Those of the filter tables of iptables are left out: iptables-save tells of them.
    """
    found = []
    for item in json.loads(listing)["nftables"]:
        chain = item.get("chain", {})
        place = (chain.get("table"), chain.get("name"))
        if chain.get("hook") == "forward" and chain["family"] in _FAMILIES and place != ("filter", "FORWARD"):
            found.append((" ".join((chain["family"], *place)), chain.get("policy", "accept")))
    return found


def forward_chain(name, policy, listing):
    """Return the `ForwardChain` of a candidate.

    Args:
        name: its family, table and chain.
        policy: its policy, ``accept`` or ``drop``.
        listing: the JSON listing of the chain.
    """
    rules = [item["rule"] for item in json.loads(listing)["nftables"] if "rule" in item]
    closed = policy == "drop" or bool(rules) and _refuses_all(rules[-1]["expr"])
    return ForwardChain(name, _FAMILIES[name.split(" ")[0]], bool(rules), closed)


def _refuses_all(statements):
    """A last rule with a condition refuses some packets only."""
    return any(key in _REFUSALS for item in statements for key in item) and not any(
        "match" in item for item in statements
    )
