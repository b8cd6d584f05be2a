# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What really is on a host, for people and playbooks to read, and how it differs from what was declared."""

from __future__ import annotations

import os

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.counters import port_counters
from ansible_collections.hostnet.containers.plugins.module_utils.report.as_declared import as_declared, pair_settings
from ansible_collections.hostnet.containers.plugins.module_utils.report.return_values import NETNS_FOLDER
from ansible_collections.hostnet.containers.plugins.module_utils.state.forwarding_settings import KEY

_PROTOCOL = {4: "ipv4", 6: "ipv6"}


def report(state, parts, name=None):
    """Describe a host.

    Args:
        state: the observed host.
        parts: names of what is told.
        name: only this network, bridge or namespace; None for all.

    Returns:
        dict: lists of dicts by part, ready to be returned to the user.
    """
    bridges = [link for link in state.links.values() if link.kind == "bridge" and link.ours]
    recorded = dict(state.networks or {})
    if name is not None:
        recorded = {key: item for key, item in recorded.items() if key == name}
        named = {name, *(item.bridge_name for item in recorded.values())}
        bridges = [link for link in bridges if link.name in named]
    names = {link.name for link in bridges}
    narrowed = names if name is not None else None
    told = {
        "networks": lambda: [
            dict(as_declared(item), name=key, bridge=item.bridge_name) for key, item in sorted(recorded.items())
        ],
        "bridges": lambda: [_bridge(state, link) for link in bridges],
        "namespaces": lambda: [
            _namespace(state, item)
            for item in state.namespaces.values()
            if not item.debris and _concerned(state, item, name, names)
        ],
        "ports": lambda: _ports(state, narrowed),
        "rules": lambda: [
            as_declared(item) for item in state.services.masquerades.values() if name is None or item.bridge in names
        ],
        "forwarding": lambda: _forwarding(state, narrowed),
    }
    return {part: told[part]() for part in parts if part in told}


def _concerned(state, namespace, name, bridges):
    if name is None:
        return namespace.ours or any(link.ours for link in namespace.links.values())
    on_bridge = any(link.netns == namespace.name and link.master in bridges for link in state.links.values())
    return namespace.name == name or on_bridge


def _bridge(state, link):
    members = sorted(other.name for other in state.links.values() if other.master == link.name)
    neighbours = _neighbours(state, None, link.name)
    return dict(as_declared(link), name=link.name, owner=link.owner, members=members, neighbours=neighbours)


def _namespace(state, namespace):
    inventory = state.inventory.get(namespace.name)
    routes = inventory.routes if inventory else ()
    found = {
        "name": namespace.name,
        "path": os.path.join(NETNS_FOLDER, namespace.name),
        "owner": namespace.owner,
        "attached": namespace.attached,
        "interfaces": [_interface(state, namespace, link) for link in namespace.links.values()],
        "routes": [_route(route, device) for route, device in routes],
        "neighbours": _neighbours(state, namespace.name),
    }
    for family, label in _PROTOCOL.items():
        found["default_" + label] = _default(namespace, routes, family)
    return found


def _interface(state, namespace, link):
    host_end = next(
        (other for other in state.links.values() if (other.netns, other.peer) == (namespace.name, link.name)), None
    )
    found = {
        "name": link.name,
        "mac": link.mac,
        "mtu": link.mtu,
        "up": link.up,
        "addresses": [str(item.interface) for item in link.addresses],
    }
    if host_end is not None:
        found.update(pair=host_end.name, bridge=host_end.master)
        found.update({key: value for key, value in pair_settings(host_end).items() if value is not None})
    return found


def _route(route, device):
    return {"to": "default" if route.to.prefixlen == 0 else str(route.to), "device": device, **_hop(route)}


def _hop(route):
    return {
        key: as_declared(value) for key, value in (("via", route.via), ("metric", route.metric)) if value is not None
    }


def _default(namespace, routes, family):
    """The default gateway in the form of Ansible's own facts; an empty dict if there is none."""
    candidates = [
        (route.metric or 0, route, device)
        for route, device in routes
        if route.to.version == family and route.to.prefixlen == 0 and route.via is not None
    ]
    if not candidates:
        return {}
    _metric, route, device = min(candidates, key=lambda item: item[0])
    link = namespace.links.get(device)
    address = (
        next((item.interface.ip for item in link.addresses if item.interface.version == family), None) if link else None
    )
    return {"gateway": str(route.via), "interface": device, "address": as_declared(address)}


def _neighbours(state, netns, device=None):
    inventory = state.inventory.get(netns)
    return [
        {"address": str(item.ip), "mac": item.mac, "device": item.device, "state": item.state}
        for item in (inventory.neighbours if inventory else ())
        if device in (None, item.device)
    ]


def _ports(state, bridges):
    counters = port_counters(state.firewall)
    found = []
    for key, port in state.services.ports.items():
        if bridges is None or port.bridge in bridges:
            packets, count = counters.get(key, (0, 0))
            found.append(dict(as_declared(port), owner=port.owner, packets=packets, bytes=count))
    return found


def _forwarding(state, bridges):
    found = {}
    for family, tables in state.firewall.items():
        policy = tables.table("filter").policies["FORWARD"].lower()
        found[_PROTOCOL[family]] = {"enabled": state.sysctls.get(KEY[family]) == "1", "policy": policy}
    policies = [
        as_declared(item) for name, item in state.services.policies.items() if bridges is None or name in bridges
    ]
    return dict(found, bridges=policies)
