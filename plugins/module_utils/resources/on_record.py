# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks on record that a plan is not about. They go on as they are, also where somebody took their rules away.

What a run reads of them from the rules is gone after a flush, and it is not that run's to put back. But what they share
with others, or would lose by it beyond the rules, it leaves to them: IP forwarding, servers and the walls of ports.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import attachments
from ansible_collections.hostnet.containers.plugins.module_utils.resources.port_publish.proxies import needed
from ansible_collections.hostnet.containers.plugins.module_utils.systemd import dns, proxy


def is_routed(network, family):
    """Whether packets of a family are to enter and leave a network by other interfaces of the host."""
    return not network.internal and any(subnet.version == family for subnet in network.subnets)


def keeps_apart(state, bridge):
    """Whether the containers of a bridge may not talk to each other, as far as only the record tells."""
    return any(item.bridge_name == bridge and not item.icc for item in state.on_record.values())


def kept_units(state, known):
    """Return the units of these networks, of servers that no rules speak of: a dict from file name to text.

    Args:
        state: the host after the plan, its units still as observed.
        known: the `Services` that were observed: what these speak of is decided by the plan.
    """
    served = {server.owner for server in known.dns.values()}
    proxied = {item.name for item in needed(known.ports.values())}
    networks = state.on_record
    addresses = {
        str(address.ip) for _owner, _container, item in attachments(networks) for address in item.addresses or ()
    }
    found = {}
    for unit, text in (state.units or {}).items():
        if unit.startswith(dns.PREFIX):
            network = networks.get(dns.network_of(unit))
            kept = network is not None and network.dns and network.name not in served
        else:
            name = proxy.name_of(unit)
            kept = name not in proxied and proxy.target_of(state.units.get(name + ".service", "")) in addresses
        if kept:
            found[unit] = text
    return found
