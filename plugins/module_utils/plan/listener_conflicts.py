# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports that a process of the host serves already, and that a published port or a DNS server would take from it."""

from __future__ import annotations

import os

from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import PortRange
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.taken_packets import takes_from
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.dns import PORT, dns_listening, unit_of
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.proxy import listening


def check_listeners(plan, host):
    """Refuse what a process of the host serves and would lose by the plan. Raises Conflict, naming the process."""
    known = plan.before.services.ports
    proxies = listening(plan.before.units)
    for key, port in plan.after.services.ports.items():
        if known.get(key) != port:
            _check_rules(host, port, known.get(key), proxies if port.protocol == "tcp" else ())
    for ip, number in sorted(listening(plan.after.units) - proxies, key=str):
        _check_socket(host, ip, number, proxies)
    for server in plan.after.services.dns.values():
        for ip in set(server.addresses) - dns_listening(plan.before.units):
            _check_dns_free(host, server, ip)


def _check_rules(host, port, known, proxies):
    """Refuse a port whose rules take packets from a process that had them until now."""

    def taken(ip, number):
        return (ip, number) not in proxies and takes_from(port, ip) and not (known and takes_from(known, ip))

    holder = host.listener(port.protocol, port.host_port, port.family, taken)
    _check_free("host_port %s (%s)" % (port.host_port, port.protocol), holder)


def _check_socket(host, ip, number, proxies):
    """Refuse a socket of a proxy where a process has its own."""

    def taken(other, _number):
        return (other, number) not in proxies and (ip.is_unspecified or other.is_unspecified or other == ip)

    holder = host.listener("tcp", PortRange(number, number), ip.version, taken)
    _check_free("host_port %d (tcp)" % number, holder)


def _check_dns_free(host, server, ip):
    def taken(other, _number):
        return other.is_unspecified or other == ip

    for protocol in ("udp", "tcp"):
        holder = host.listener(protocol, PortRange(PORT, PORT), ip.version, taken)
        # Its own server runs on where somebody removed the file of its unit; it is stopped before the new one starts.
        if holder is not None and holder.pid != os.getpid() and holder.unit != unit_of(server.owner):
            raise Conflict(
                "network %s: dns: port 53 (%s) of %s is in use by %s; stop it, have it listen on other addresses, "
                "or leave out dns" % (server.owner, protocol, ip, holder)
            )


def _check_free(port, holder):
    if holder is not None and holder.pid != os.getpid():
        raise Conflict(
            "%s is in use by %s; stop it, choose another port, or leave its address alone: host_ip names the one "
            "address to publish on, and with loopback: none 127.0.0.0/8 stays as it is" % (port, holder)
        )
