# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports that a process of the host serves already, and that a published port or a DNS server would take from it."""

from __future__ import annotations

import os

from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import PortRange
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.dns import PORT, dns_listening
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.proxy import listening


def check_listeners(plan, host):
    """Refuse ports that a process of the host serves. Raises Conflict, naming the process."""
    known = plan.before.services.ports
    proxies = listening(plan.before.units)
    for key, port in plan.after.services.ports.items():
        if key not in known:
            _check_free(host, port.protocol, port.host_port, port.only_host_ip, port.family, proxies)
    for ip, number in sorted(listening(plan.after.units) - proxies, key=str):
        host_ip = None if ip.is_unspecified else ip
        _check_free(host, "tcp", PortRange(number, number), host_ip, ip.version, proxies)
    for server in plan.after.services.dns.values():
        for ip in set(server.addresses) - dns_listening(plan.before.units):
            _check_dns_free(host, server, ip)


def _check_dns_free(host, server, ip):
    for protocol in ("udp", "tcp"):
        holder = host.listener(protocol, PortRange(PORT, PORT), ip, ip.version)
        if holder is not None and holder[1] != os.getpid():
            raise Conflict(
                "network %s: dns: port 53 (%s) of %s is in use by process %s (pid %s); stop it, have it listen on "
                "other addresses, or leave out dns" % (server.owner, protocol, ip, *holder)
            )


def _check_free(host, protocol, ports, host_ip, family, proxies):
    holder = host.listener(protocol, ports, host_ip, family, proxies if protocol == "tcp" else ())
    if holder is not None and holder[1] != os.getpid():
        raise Conflict(
            "host_port %s (%s) is in use by process %s (pid %s); stop it, or choose another port"
            % (ports, protocol, *holder)
        )
