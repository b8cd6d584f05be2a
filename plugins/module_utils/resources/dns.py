# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS servers of networks: from the declared to the state of the host."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict, Missing
from ansible_collections.hostnet.containers.plugins.module_utils.files.hosts_and_resolv_conf import (
    local_names_file,
    names_file,
)
from ansible_collections.hostnet.containers.plugins.module_utils.resources.backed_by_rules import BackedByRules
from ansible_collections.hostnet.containers.plugins.module_utils.steps.units import ReloadUnit, RemoveUnit, SetUnit
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.dns import (
    PORT,
    PREFIX,
    network_of,
    unit_of,
    unit_text,
)

_SERVERS = BackedByRules("dns")
observation_needs, purge_needs, owned, removed, handed_over = (
    _SERVERS.observation_needs,
    _SERVERS.purge_needs,
    _SERVERS.owned,
    _SERVERS.removed,
    _SERVERS.handed_over,
)


def present(state, items):
    """Return the host with the declared servers."""
    return _SERVERS.replaced(state, {**_SERVERS.of(state), **{item.bridge: item for item in items}})


def absent(state, items):
    """Return the host without these servers."""
    return removed(state, {item.key for item in items})


def dns_units(state, services):
    """Return the units of the servers: a dict from file name to text.

    Raises:
        Missing: a server cannot run on this host.
        Conflict: a published port takes its queries.
    """
    found = {}
    for server in services.dns.values():
        _check_ports(server, services.ports.values())
        unit, known = unit_of(server.owner), state.units or {}
        if state.units is None:
            raise Missing("network %s: dns needs systemd, and the host does not run it; leave out dns" % server.owner)
        if state.dnsmasq is None and unit not in known:
            raise Missing(
                "network %s: dns needs the program dnsmasq; install the package dnsmasq-base, or dnsmasq where there "
                "is none of that name, or leave out dns" % server.owner
            )
        found[unit] = known[unit] if state.dnsmasq is None else unit_text(server, state.dnsmasq)
    return found


def _check_ports(server, ports):
    for port in ports:
        if port.protocol not in ("udp", "tcp") or not port.host_port.first <= PORT <= port.host_port.last:
            continue
        for address in server.of_family(port.family):
            if port.only_host_ip in (None, address):
                raise Conflict(
                    "network %s: dns: its server would get no query, since %s is published on every address of the "
                    "host or on the gateway %s; publish it on another address with host_ip, or leave out dns"
                    % (server.owner, port, address)
                )


def dns_steps(before, after):
    """Return the steps from the units of the servers of one state to those of another, what goes first."""
    old, new = _of_servers(before.units), _of_servers(after.units)
    gone, come, reread = [], [], []
    for unit in sorted({*old, *new}):
        name = network_of(unit)
        if unit in old and unit in new and not old[unit] and not new[unit]:
            continue
        # One without a text did not run, and is not brought back.
        if not new.get(unit):
            gone += [RemoveUnit(unit, "stop DNS server of network %s" % name)] if unit in old else []
        elif old.get(unit) != new[unit]:
            verb = "change" if old.get(unit) else "start"
            come.append(SetUnit(unit, new[unit], "%s DNS server of network %s" % (verb, name)))
        elif any(
            before.files.get(path) != after.files.get(path) for path in (names_file(name), local_names_file(name))
        ):
            reread.append(ReloadUnit(unit))
    return gone + come + reread


def _of_servers(units):
    return {unit: text for unit, text in (units or {}).items() if unit.startswith(PREFIX)}
