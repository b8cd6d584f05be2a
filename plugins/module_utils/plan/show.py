# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state of a host as the user would declare it, for diffs and return values."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import PortRange
from ansible_collections.hostnet.containers.plugins.module_utils.state.host import Link
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.proxy import described

_HIDDEN = ("owner",)
_FAMILY = {4: "ipv4", 6: "ipv6"}


def shown_difference(before, after):
    """Return two dicts that hold only what differs between two states."""
    return _only_changed(_shown(before), _shown(after))


def _shown(state):
    shown = {
        "namespaces": {name: _namespace(item) for name, item in state.namespaces.items() if not item.debris},
        "bridges": {name: link for name, link in state.links.items() if link.kind == "bridge" and link.ours},
        "pairs": {
            name: pair_of(link, state) for name, link in state.links.items() if link.kind == "veth" and link.ours
        },
        "members": {name: {"bridge": link.master} for name, link in state.links.items() if link.enslaved},
        "sysctls": {
            key: value for key, value in state.sysctls.items() if value is not None and ".disable_ipv6" not in key
        },
    }
    if state.services is not None:
        shown["ports"] = {str(item): item for item in state.services.ports.values()}
        shown["rules"] = {" ".join(key).strip(): item for key, item in state.services.masquerades.items()}
        shown["forwarding"] = dict(state.services.policies)
        shown["dns"] = dict(state.services.dns)
        shown["proxies"] = described(state.units)
        shown["forward_policy"] = {_FAMILY[family]: _policy(tables) for family, tables in state.firewall.items()}
    return shown


def _only_changed(before, after):
    left, right = {}, {}
    for section in after:
        for name in list(before.get(section, {})) + [
            name for name in after[section] if name not in before.get(section, {})
        ]:
            old, new = before.get(section, {}).get(name), after[section].get(name)
            if old == new:
                continue
            old, new = plain(old), plain(new)
            if old == new:
                continue
            if old is not None:
                left.setdefault(section, {})[str(name)] = old
            if new is not None:
                right.setdefault(section, {})[str(name)] = new
    return left, right


def plain(value):
    """Turn a value of the state into dicts, lists, strings and numbers, options that say nothing left out."""
    if isinstance(value, PairView):
        return _pair(value)
    if hasattr(value, "kind") and value.kind == "bridge":
        return _bridge(value)
    if isinstance(value, PortRange):
        return str(value)
    if dataclasses.is_dataclass(value):
        fields = {
            field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.name not in _HIDDEN
        }
        return {name: plain(item) for name, item in fields.items() if item is not None and item != ()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def _policy(tables):
    return tables.table("filter").policies["FORWARD"].lower()


def _addresses(link):
    return [str(item.interface) for item in link.addresses if item.ours]


def _namespace(item):
    lo = item.links.get("lo")
    shown = {"loopback": lo.up} if lo is not None else {}
    own = {key: value for key, value in item.sysctls.items() if value is not None and ".disable_ipv6" not in key}
    if own:
        shown["sysctls"] = own
    if item.attached:
        shown["attached"] = True
    if item.rules:
        shown["rules"] = [str(rule) for rule in item.rules]
    return shown


def _bridge(link):
    shown = {"addresses": _addresses(link), "mtu": link.mtu, "mac": link.mac, "up": link.up}
    shown.update(plain(link.bridge) if link.bridge else {})
    return {name: value for name, value in shown.items() if value is not None}


@dataclasses.dataclass(frozen=True)
class PairView:
    """Both ends of a veth pair; `peer` is None where its namespace was not looked into."""

    link: Link
    peer: Link
    routes: tuple


def pair_of(link, state):
    """Return both ends of a veth pair as one value."""
    namespace = state.namespaces.get(link.netns)
    if namespace is None:
        return PairView(link, None, ())
    return PairView(link, namespace.links.get(link.peer), namespace.routes.get(link.peer, ()))


def _pair(view):
    link, peer = view.link, view.peer
    shown = {"netns": link.netns, "peer": link.peer, "bridge": link.master, "mtu": link.mtu, "up": link.up}
    if link.port is not None:
        shown.update(plain(link.port))
    shown.update(plain(link.shaping))
    shown["anti_spoof"] = True if link.anti_spoof else None
    if peer is not None:
        shown["mac"] = peer.mac
        shown["addresses"] = _addresses(peer)
        main = [route for route in view.routes if route.table is None]
        shown["gateways"] = [str(route.via) for route in main if route.to.prefixlen == 0]
        shown["routes"] = [str(route) for route in main if route.to.prefixlen != 0]
    return {name: value for name, value in shown.items() if value not in (None, [])}
