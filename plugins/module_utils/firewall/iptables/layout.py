# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From services to the tables that carry them out."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.bridge_needs import needs_of_bridges
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.filter_rules import (
    FORWARD,
    PUBLISHED,
    filter_chains,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.input_rules import (
    INPUT,
    input_chains,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.leaving_rules import leaving_chains
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.nat_rules import (
    DNAT,
    SNAT,
    nat_chains,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.outside_rules import ways_out
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.raw_rules import GUARD, raw_chains
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import rule
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import (
    USER_CHAINS,
    Table,
    Tables,
    is_ours,
)
from ansible_collections.hostnet.containers.plugins.module_utils.state.forwarding_settings import EVERY_ROUTE_LOCALNET

_FIRST = ("FORWARD", "INPUT")
_JUMPS = {
    "raw": {"PREROUTING": (GUARD, "")},
    "nat": {
        # Under an address of the host nobody else sends, whoever may use a port; its own packets come by OUTPUT.
        "PREROUTING": (DNAT, "-m addrtype ! --src-type LOCAL --dst-type LOCAL"),
        "OUTPUT": (DNAT, "-m addrtype --dst-type LOCAL"),
        "POSTROUTING": (SNAT, ""),
    },
    "filter": {"FORWARD": (FORWARD, ""), "INPUT": (INPUT, "")},
}


def lay_out(state, services, family, policy):
    """Return the tables of one family after a plan.

    Args:
        state: the host after the plan, with its observed firewall.
        services: the services after the plan, their subnets refreshed.
        family: 4 or 6.
        policy: the policy that the FORWARD chain shall have, ``ACCEPT`` or ``DROP``.

    Returns:
        Tables: the observed ones with our chains and jumps replaced; what is not ours stays as it is.
    """
    tables = state.firewall[family]
    moved = state.other_firewall.get(family, Tables())
    for name, chains in _chains(state, services, family, policy).items():
        table = tables.table(name)
        policies = dict(table.policies, FORWARD=policy) if name == "filter" else table.policies
        laid_out = Table(_merged(name, _with_users_chains(table, moved.table(name)), chains), policies, table.jumped_to)
        if laid_out != table:
            tables = tables.with_table(name, laid_out)
    return tables


def _chains(state, services, family, policy):
    views = needs_of_bridges(state, services, family)
    ports, masquerades = services.of_family(family)
    if not (ports or masquerades or any(view.served for view in views) or (policy == "DROP" and views)):
        # Where every interface routes them, bridges of ours do so though no port needs it.
        open_to_loopback = family == 4 and views and state.sysctls.get(EVERY_ROUTE_LOCALNET) == "1"
        return {"raw": raw_chains((), ports, family) if open_to_loopback else {}, "nat": {}, "filter": {}}
    natted = any(view.served and not view.closed for view in views) or ports or masquerades
    return {
        "raw": raw_chains(views, ports, family),
        "nat": nat_chains(views, ports, masquerades, family, services.switches.get(family)) if natted else {},
        "filter": {
            **filter_chains(views, ways_out(state, views, masquerades), services.switches.get(family), family),
            **leaving_chains(views, services.dns, family),
            **input_chains(views, services.dns, services.ports.values(), family),
        },
    }


def _with_users_chains(table, other):
    """The user's own chains come along from the other backend."""
    moved = {chain: other.chains[chain] for chain in USER_CHAINS if other.chains.get(chain)}
    return dataclasses.replace(table, chains={**moved, **table.chains})


def _merged(name, table, chains):
    merged = {chain: rules for chain, rules in table.chains.items() if chain in _JUMPS[name]}
    merged.update(table.emptied())
    for chain, rules in chains.items():
        merged[chain] = table.chains.get(chain, ()) if chain in USER_CHAINS else tuple(rules)
    for chain in USER_CHAINS:
        if table.chains.get(chain):
            merged[chain] = table.chains[chain]
    for hook, (chain, match) in _JUMPS[name].items():
        first = (rule(match, "-j " + chain),) if chain in chains else ()
        last = (rule("-j " + PUBLISHED),) if hook == "FORWARD" and PUBLISHED in chains else ()
        merged[hook] = _hooked(hook, table.chains[hook], first, last)
    return merged


def _hooked(hook, present, first, last):
    """Place our jumps where they are missing: first, and last, where they refuse packets; else any place will do."""
    ours = tuple(item for item in present if is_ours(item))
    hooked = first + tuple(item for item in present if not is_ours(item)) + last
    return present if present == hooked or hook not in _FIRST and ours == first else hooked
