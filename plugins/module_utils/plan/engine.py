# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a declaration to a changed host: observe once, plan in memory, apply in bulk."""

from __future__ import annotations

import os

from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import PortRange
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict
from ansible_collections.hostnet.containers.plugins.module_utils.plan import kinds
from ansible_collections.hostnet.containers.plugins.module_utils.plan.apply import apply
from ansible_collections.hostnet.containers.plugins.module_utils.plan.consequences import wanted as with_needs
from ansible_collections.hostnet.containers.plugins.module_utils.plan.lock import locked
from ansible_collections.hostnet.containers.plugins.module_utils.plan.plan import make_plan
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.dns import PORT, dns_listening
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.proxy import listening


def run(declaration, host, check=False):
    """Bring a host to what a declaration says.

    Args:
        declaration: the `Declaration`.
        host: an adapter with ``observe``, ``perform_all`` and ``listener``.
        check: only plan.

    Returns:
        Plan: what was, or would be, done.
    """
    wanted = with_needs(kinds.wanted(declaration))
    if check:
        return _planned(declaration, host, wanted, True)
    with locked():
        plan = _planned(declaration, host, wanted, False)
        if plan.changed:
            apply(plan, host, wanted)
        return plan


def _planned(declaration, host, wanted, assume):
    plan = make_plan(host.observe(wanted), declaration, assume)
    if plan.after.services is not None:
        _check_listeners(plan, host)
    return plan


def _check_listeners(plan, host):
    """A port that a process of the host serves would be taken away from it."""
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
