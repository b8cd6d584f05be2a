# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chains of others that may refuse what our rules accept: a packet has to pass every chain on the kernel's hook."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.backends import program_name
from ansible_collections.hostnet.containers.plugins.module_utils.steps.firewall import ApplyFirewall

_FIREWALLD = "inet firewalld"


def obstacles(plan, host):
    """Return a sentence with its remedy for each such chain; none if the plan leaves the firewall as it is.

    Args:
        plan: the `Plan`.
        host: an adapter with ``mentions(table, word)``.
    """
    bridges = plan.after.services.bridges if plan.after.services is not None else ()
    if not bridges or not any(isinstance(step, ApplyFirewall) for step in plan.steps):
        return []
    found = [_other_backend(family, tables) for family, tables in sorted(plan.after.other_firewall.items())]
    for chain in plan.before.forward_chains:
        if chain.closed:
            unknown = [bridge for bridge in bridges if not host.mentions(chain.table, bridge)]
            found += [_closed(chain, ", ".join(unknown), unknown[0])] if unknown else []
    return [sentence for sentence in found if sentence]


def _closed(chain, names, bridge):
    if chain.table == _FIREWALLD:
        return (
            "firewalld refuses to forward packets of %s unless a zone lets it; to let it, run for each bridge: "
            "firewall-cmd --permanent --zone=trusted --add-interface=%s && firewall-cmd --reload" % (names, bridge)
        )
    return (
        "chain %s of nftables refuses what it does not accept and says nothing about %s, so packets of the containers "
        'may be lost there; to accept them, run for each bridge: nft \'insert rule %s iifname "%s" accept; '
        'insert rule %s oifname "%s" accept\'' % (chain.name, names, chain.name, bridge, chain.name, bridge)
    )


def _other_backend(family, tables):
    if tables.table("filter").policies["FORWARD"] != "DROP":
        return None
    name = program_name(family, tables.backend)
    return (
        "chain FORWARD of %s has the policy DROP, and the kernel obeys both backends of iptables, so packets of the "
        "containers may be lost there; let what uses %s use %s, too, or set the policy with: %s -P FORWARD ACCEPT"
        % (name, name, program_name(family), name)
    )
