# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports of containers: what a switch gives a port to a stranger, whatever was declared; derived anew in each run.

A container is a stranger on the wire: root in it sends what it likes. So its port takes no part in spanning tree
(``bpdu_guard``, ``root_block``), is never taken for one that a multicast router is behind, and gets back what it sent
only where the host needs it. What the kernel's settings cannot say, the rules of the `BridgeTable` do.

The bridge's table of addresses is kept clean by these rules, and by a bridge that does not learn from frames to
link-local groups, which it takes for itself before any rule sees them. Ports that learn nothing, beside fixed entries,
would say the same a second time, and would break containers without a guard in which there is a bridge.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.resources.on_record import keeps_apart
from ansible_collections.hostnet.containers.plugins.module_utils.state.bridge_table import BridgeTable

WALLS = {"bpdu_guard": True, "root_block": True, "multicast_router": 0}
BRIDGE_WALLS = {"link_local_learning": False}
# Whether bridged packets pass the firewall (``br_netfilter``): for all bridges, and for one.
_FILTER_KEYS = {4: "net.bridge.bridge-nf-call-iptables", 6: "net.bridge.bridge-nf-call-ip6tables"}
_FILTER_SETTINGS = {4: "nf_call_iptables", 6: "nf_call_ip6tables"}
KEYS = tuple(_FILTER_KEYS.values())


def is_container_port(link):
    """Whether a link is the port of a bridge that a container is behind."""
    return link.ours and link.kind == "veth" and link.master is not None


def with_port_settings(state):
    """Return the host with its bridges, and the ports of its containers, as its services need them."""
    rewritten = {name: _bridges_rewritten(state, name) for name, link in state.links.items() if link.kind == "bridge"}
    changed = {}
    for name, link in state.links.items():
        if is_container_port(link):
            changed[name] = _port(state, link, rewritten.get(link.master, False))
        elif link.kind == "bridge" and link.ours:
            changed[name] = _with_walls(link)
    return dataclasses.replace(state, links={**state.links, **changed})


def _port(state, link, hairpin):
    isolated = _is_apart(state, link) and not (hairpin and _has_table(state))
    port = {**(link.port or {}), **WALLS, "hairpin": hairpin, "isolated": isolated, **link.chosen}
    return link if port == link.port else dataclasses.replace(link, port=port)


def _with_walls(link):
    """A bridge that does not tell of a setting is one of a kernel that has no such setting."""
    walls = {name: value for name, value in BRIDGE_WALLS.items() if not link.index or link.bridge.get(name) is not None}
    bridge = {**link.bridge, **walls}
    return link if bridge == link.bridge else dataclasses.replace(link, bridge=bridge)


def _bridges_rewritten(state, bridge):
    """Whether the kernel bridges packets to published ports, from any port to any, the same included.

    It does where bridged packets pass the firewall: once their destination is rewritten they do not leave the bridge.
    A port then has to send back what came in by it, and an isolated one would not get them.
    """
    return any(
        port.bridge == bridge and port.hairpin and _is_filtered(state, bridge, port.family)
        for port in state.services.ports.values()
    )


def _is_filtered(state, bridge, family):
    link = state.links.get(bridge)
    own = link is not None and (link.bridge or {}).get(_FILTER_SETTINGS[family])
    return bool(own) or state.sysctls.get(_FILTER_KEYS[family]) == "1"


def _is_apart(state, link):
    """Whether the policy of its bridge keeps a port apart from others."""
    policy = state.services.policies.get(link.master)
    apart = keeps_apart(state, link.master) if policy is None else not policy.icc
    return apart and link.chosen.get("isolated") is not False


def _has_table(state):
    return state.bridge_table is None or state.bridge_table.obstacle is None


def isolated_from_published(state):
    """Return the bridges whose containers do not reach published ports, since only isolated ports keep them apart."""
    if _has_table(state) or state.services is None:
        return ()
    bridges = {link.master for link in state.links.values() if is_container_port(link) and _is_apart(state, link)}
    return tuple(sorted(name for name in bridges if _bridges_rewritten(state, name)))


def wanted_table(state):
    """Return the `BridgeTable` that a host needs; the same as before where it can have none."""
    before = state.bridge_table or BridgeTable()
    if before.obstacle is not None:
        return before
    ports = {name: link for name, link in state.links.items() if is_container_port(link)}
    if state.services is None:
        apart = before.apart & frozenset(ports)
    else:
        apart = frozenset(name for name, link in ports.items() if _is_apart(state, link))
    return BridgeTable(
        ports=frozenset(ports),
        # It is the bridge that guards, so that one for a pair without a bridge waits until it has one.
        guards={name: link.anti_spoof for name, link in state.links.items() if link.ours and link.anti_spoof},
        # Who asked for hairpin gets back all that was sent.
        reflecting=frozenset(
            name for name, link in ports.items() if (link.port or {}).get("hairpin") and "hairpin" not in link.chosen
        ),
        apart=apart,
    )
