# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxies that published ports with ``loopback: proxy`` need.

The kernel translates no address of ``[::1]``, and none of one family into one of the other. A proxy serves both: for
an IPv4 container 127.0.0.1 and every IPv6 address of the host, for an IPv6 container ``[::1]`` and 127.0.0.1. A port
that is published to both families is served by each in its own.
"""

from __future__ import annotations

import ipaddress

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Missing
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.services import port_order
from ansible_collections.hostnet.containers.plugins.module_utils.steps.units import RemoveUnit, SetUnit
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.proxy import (
    PREFIX,
    Proxy,
    name_of,
    of_proxies,
    title_of,
)

_LOOPBACK = {4: ipaddress.ip_address("127.0.0.1"), 6: ipaddress.ip_address("::1")}
_EVERY_IPV6 = ipaddress.ip_address("::")


def proxy_units(state, services):
    """Return the units that published ports need: a dict from file name to text.

    Raises:
        Missing: a port needs a proxy, and the host has none.
    """
    units = {name: text for proxy in needed(services.ports.values()) for name, text in proxy.units().items()}
    if units and state.units is None:
        raise Missing(
            "loopback: proxy needs systemd and its systemd-socket-proxyd, and the host does not run them; "
            "choose loopback: route_localnet, or none"
        )
    return units


def needed(ports):
    """Return the list of each `Proxy` that published ports need."""
    proxied = sorted((port for port in ports if port.loopback == "proxy"), key=port_order)
    if not proxied:
        return []
    claims = _claims(ports)
    found = []
    for port in proxied:
        for offset, number in enumerate(range(port.host_port.first, port.host_port.last + 1)):
            listen = _listen(port, claims[number])
            if listen:
                target = port.target_port.first + offset
                found.append(Proxy(_name(port, number), listen, number, port.container_ip, target))
    return found


def proxy_steps(before, after):
    """Return the steps from the units of proxies of one state to those of another, what goes first."""
    old, new = of_proxies(before.units), of_proxies(after.units)
    if old == new:
        return []
    touched = sorted({name_of(unit) for unit in {**old, **new} if old.get(unit) != new.get(unit)})
    gone, come = [], []
    for name in touched:
        units = [name + suffix for suffix in (".socket", ".service")]
        verb = "change" if all(old.get(unit) for unit in units) else "start"
        started, stopped = ("%s proxy for %s" % (verb, title_of(new, name)), "stop proxy for %s" % title_of(old, name))
        for unit in units:
            if unit in new and old.get(unit) != new[unit]:
                come.append(SetUnit(unit, new[unit], started))
                started = ""
            elif unit in old and unit not in new:
                gone.append(RemoveUnit(unit, stopped))
                stopped = ""
    return gone + come


def _name(port, number):
    family = "tcp6" if port.family == 6 else "tcp"
    host_ip = "%s-" % port.only_host_ip if port.only_host_ip is not None else ""
    return "%s%s-%s%d" % (PREFIX, family, host_ip, number)


def _claims(ports):
    """Return a dict from port number to the addresses that ports of their family answer on."""
    found = {}
    for port in ports:
        if port.protocol == "tcp":
            for number in range(port.host_port.first, port.host_port.last + 1):
                found.setdefault(number, set()).update(_own(port))
    return found


def _own(port):
    """The loopback address of its own family that a port answers on; and ``::`` for one on every IPv6 address."""
    family, host_ip = port.family, port.only_host_ip
    answers = port.loopback == "proxy" or (family == 4 and port.loopback == "route_localnet")
    own = {_LOOPBACK[family] if host_ip is None else host_ip} if answers else set()
    if host_ip is not None:
        return own if host_ip.is_loopback else set()
    return own | {_EVERY_IPV6} if family == 6 else own


def _listen(port, claimed):
    """Return the addresses that the proxy of a port listens on; what a port of the other family answers on is left.

    Who may not reach the port must not reach it by its proxy. So with `allowed_sources`, which are of the port's own
    family, the proxy serves the host alone in the other.
    """
    own = tuple(_own(port) - {_EVERY_IPV6})
    if port.only_host_ip is not None:
        return own
    if port.family == 6:
        return (*own, _LOOPBACK[4]) if _LOOPBACK[4] not in claimed else own
    if _LOOPBACK[6] in claimed:
        return own
    return (*own, _LOOPBACK[6] if port.allowed_sources or _EVERY_IPV6 in claimed else _EVERY_IPV6)
