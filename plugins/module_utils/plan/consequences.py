# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What follows from the declared resources: the rules, and the kernel settings that go with them."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Missing
from ansible_collections.hostnet.containers.plugins.module_utils.files.layout import lay_out_files
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.bridge_needs import live_subnets
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.layout import lay_out
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.nat_rules import uses_route_localnet
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.program import missing_message
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import Tables
from ansible_collections.hostnet.containers.plugins.module_utils.resources.container_ports import (
    KEYS,
    wanted_table,
    with_port_settings,
)
from ansible_collections.hostnet.containers.plugins.module_utils.resources.dns import dns_units
from ansible_collections.hostnet.containers.plugins.module_utils.resources.forwarding.ip_forwarding import (
    policy_moves,
    switched,
    with_bridges_forwarding,
)
from ansible_collections.hostnet.containers.plugins.module_utils.resources.forwarding.kept_settings import (
    with_route_localnet,
)
from ansible_collections.hostnet.containers.plugins.module_utils.resources.on_record import kept_units
from ansible_collections.hostnet.containers.plugins.module_utils.resources.port_publish.proxies import proxy_units
from ansible_collections.hostnet.containers.plugins.module_utils.state.forwarding_settings import (
    EVERY_ROUTE_LOCALNET,
    KEY,
    route_localnet_key,
)
from ansible_collections.hostnet.containers.plugins.module_utils.state.observation_needs import ObservationNeeds


def with_needs(needs):
    """Return what has to be observed, beyond the needs of the resources, to draw the consequences."""
    if not needs.firewall:
        return needs
    keys = [*KEY.values(), *KEYS, EVERY_ROUTE_LOCALNET, route_localnet_key("*")]
    return needs | ObservationNeeds(links=True, forwarding=True, sysctls=frozenset((None, key) for key in keys))


def with_consequences(state, before, forward_policy=None):
    """Return the host with its firewall and kernel settings as its services need them.

    Args:
        state: the host as declared, its firewall still as observed.
        before: the host as observed.
        forward_policy: the wish of a declared `Forwarding`.
    """
    if state.networks is not None:
        state = dataclasses.replace(state, files=lay_out_files(state, before.networks))
    if state.services is None:
        return dataclasses.replace(state, bridge_table=wanted_table(state))
    _check_programs(state)
    state = with_port_settings(state)
    state = dataclasses.replace(state, bridge_table=wanted_table(state))
    services = state.services.replace(subnets=live_subnets(state, state.services))
    tables, others = {}, dict(state.other_firewall)
    for family in state.firewall:
        if state.other_firewall.get(family, Tables()).hold_ours:
            others[family] = _emptied(state, services, family)
        state, services, policy = switched(state, services, family, forward_policy)
        if family == 4:
            state, services = with_route_localnet(state, services, bridges_of_loopback(services))
        tables[family] = lay_out(state, services, family, policy)
    state = _with_units(with_bridges_forwarding(state, services), services, before.services)
    return dataclasses.replace(
        state.with_services(services), firewall=tables, other_firewall=others, remembered=services.switches
    )


def bridges_of_loopback(services):
    """Names of the bridges that packets from 127.0.0.0/8 have to be routed into."""
    return {port.bridge for port in services.ports.values() if uses_route_localnet(port)}


def _with_units(state, services, known):
    units = {**kept_units(state, known), **proxy_units(state, services), **dns_units(state, services)}
    return state if state.units is None else dataclasses.replace(state, units=units)


def _emptied(state, services, family):
    """The tables of the other backend without our rules, which move to the one in use."""
    tables = state.other_firewall[family]
    policy = tables.table("filter").policies["FORWARD"]
    return tables.without_ours("ACCEPT" if policy_moves(state, services, family) else policy)


def _check_programs(state):
    families = {item.family for items in (state.services.ports, state.services.masquerades) for item in items.values()}
    families.update(address.version for server in state.services.dns.values() for address in server.addresses)
    families.update(item.version for policy in state.services.policies.values() for item in policy.deny_destinations)
    if state.services.policies and not state.firewall:
        families.add(4)
    for family in sorted(families - set(state.firewall)):
        raise Missing(missing_message(family))
