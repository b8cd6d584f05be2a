# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""IP forwarding: on while something needs it, and afterwards as it was before.

A host that did not forward before must not become an open router, so the policy of its FORWARD chain becomes DROP
in the same run. What was there before is remembered in the comment of a rule, and in a note that survives a flush of
all rules.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.bridge_needs import needs_of_bridges
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import Tables
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.services import Switch, without
from ansible_collections.hostnet.containers.plugins.module_utils.resources.forwarding.kept_settings import (
    given_back,
    only_bridges_given_back,
    turned_on,
)
from ansible_collections.hostnet.containers.plugins.module_utils.resources.on_record import is_routed
from ansible_collections.hostnet.containers.plugins.module_utils.state.forwarding_settings import (
    KEY,
    TO_COME,
    forwarding_key,
)


def switched(state, services, family, wish):
    """Decide on the forwarding of one family.

    Args:
        state: the host after the plan, its sysctls and FORWARD policy still as observed.
        services: the services after the plan.
        family: 4 or 6.
        wish: ``keep``, ``drop`` or None, as `Forwarding.forward_policy`.

    Returns:
        tuple: the state, the services and the policy of the FORWARD chain.
    """
    value = state.sysctls.get(KEY[family], "0")
    former = services.switches.get(family)
    lost = state.remembered.get(family) if former is None else None
    policy = "DROP" if policy_moves(state, services, family) else _policy(state.firewall[family])
    if _needed(state, services, family):
        wanted = wish == "drop" or wish is None and (value == "0" or lost is not None and lost.policy is not None)
        closing = policy == "ACCEPT" and wanted
        former = former or lost
        if former is None and (value == "0" or closing):
            former = Switch(value, others=_others_need_accept(state, family))
        if closing and former.policy is None:
            former = dataclasses.replace(former, policy=policy)
        state, former = turned_on(state, family, former)
        if former is not None:
            services = services.replace(switches={**services.switches, family: former})
        return state, services, "DROP" if closing else policy
    former = former or lost
    if former is not None and any(is_routed(network, family) for network in state.on_record.values()):
        # Somebody took their rules away, and with them perhaps the policy.
        closed = lost is not None and lost.policy is not None
        services = services.replace(switches={**services.switches, family: former})
        return state, services, "DROP" if closed else policy
    services = services.replace(switches=without(services.switches, {family}))
    if former is None:
        return state, services, policy
    if _used_by_others(state, family):
        state = only_bridges_given_back(state, former)
        opened = former.policy is not None and not former.others and _others_need_accept(state, family)
        return state, services, former.policy if opened else policy
    return given_back(state, family, former), services, former.policy or policy


def policy_moves(state, services, family):
    """Whether the policy DROP that we set in the other backend of iptables goes with our rules to the one in use."""
    other = state.other_firewall.get(family, Tables())
    former = services.switches.get(family)
    ours = other.hold_ours and former is not None and former.policy == "ACCEPT"
    return ours and _policy(other) == "DROP" and not other.used_by_others


def _policy(tables):
    return tables.table("filter").policies["FORWARD"]


def _used_by_others(state, family):
    other = state.other_firewall.get(family, Tables())
    return state.firewall[family].used_by_others or other.used_by_others or _forward_chains(state, family)


def _others_need_accept(state, family):
    """With the policy DROP of iptables, no packet gets through that only a chain of nftables accepts."""
    return state.firewall[family].others_need_accept or _forward_chains(state, family)


def _forward_chains(state, family):
    return any(chain.used and family in chain.families for chain in state.forward_chains)


def _needed(state, services, family):
    ports, masquerades = services.of_family(family)
    if ports or masquerades:
        return True
    views = needs_of_bridges(state, services, family)
    return any(view.declared and not view.sealed and (view.subnets or family == 4) for view in views)


def with_bridges_forwarding(state, services):
    """Let packets of IPv4 that come by our bridges go on: whatever is the default for new interfaces, they need it."""
    if not _needed(state, services, 4):
        return state
    for view in needs_of_bridges(state, services, 4):
        known = forwarding_key(4, view.name) in state.sysctls or forwarding_key(4, TO_COME) in state.sysctls
        if view.owned and view.served and not view.sealed and known and view.name in state.links:
            state = state.with_sysctl(forwarding_key(4, view.name), "1")
    return state
