# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interfaces of others that forward nothing, so that packets of containers are lost there."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.state.forwarding_settings import KEY, forwarding_key


def dead_ends(plan, host):
    """Return a sentence with its remedy for each such interface.

    Args:
        plan: the `Plan`.
        host: an adapter with ``default_route_devices()``.
    """
    services, sysctls = plan.after.services, plan.after.sysctls
    if services is None or sysctls.get(KEY[4], "0") == "0":
        return []
    ports, masquerades = services.of_family(4)
    if not (ports or masquerades or services.policies):
        return []
    closed = [name for name, link in plan.after.links.items() if not link.ours and name != "lo"]
    closed = [name for name in closed if sysctls.get(forwarding_key(4, name)) == "0"]
    if not closed:
        return []
    concerned = host.default_route_devices() | set(services.bridges)
    return [
        "interface %s forwards no IPv4 packets that come in by it, so containers get no answers from there; to let it, "
        "run: sysctl -w %s=1" % (name, forwarding_key(4, name))
        for name in closed
        if name in concerned
    ]
