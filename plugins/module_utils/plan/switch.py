# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""IP forwarding: on while something needs it, and afterwards as it was before.

A host that did not forward before must not become an open router, so the policy of its FORWARD chain becomes DROP
in the same run. What was there before is remembered in the comment of a rule.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.services import Switch, without
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.tables import is_ours
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.view import bridge_views

KEY = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}


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
    table = state.firewall[family].table("filter")
    policy = table.policies["FORWARD"]
    value = state.sysctls.get(KEY[family], "0")
    former = services.switches.get(family)
    if _needed(state, services, family):
        drop = policy == "ACCEPT" and (wish == "drop" or value == "0" and wish != "keep")
        if value == "0" or drop:
            remembered = former or Switch(value, policy)
            services = services.replace(switches={**services.switches, family: remembered})
        return state.with_sysctl(KEY[family], "1"), services, "DROP" if drop else policy
    services = services.replace(switches=without(services.switches, {family}))
    used_by_others = any(not is_ours(item) for item in table.chains["FORWARD"])
    if former is None or used_by_others:
        return state, services, policy
    return state.with_sysctl(KEY[family], former.forwarding), services, former.policy


def _needed(state, services, family):
    ports, masquerades = services.of_family(family)
    if ports or masquerades:
        return True
    views = bridge_views(state, services, family)
    return any(view.declared and not view.sealed and (view.subnets or family == 4) for view in views)
