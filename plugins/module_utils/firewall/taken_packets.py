# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From which listening sockets of the host the rules of a published port take packets."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.nat_rules import (
    proxied_alone,
    uses_route_localnet,
)


def takes_from(port, ip):
    """Tell whether a socket with the number of a published port loses packets to it.

    Args:
        port: the `PortPublish`.
        ip: the address that the socket listens on, of the port's family or the unspecified one of both.

    Returns:
        bool: false where the rules let everything pass that the socket is there for.
    """
    if proxied_alone(port):
        return False
    if ip.is_unspecified:
        return True
    if port.only_host_ip is not None:
        return ip == port.only_host_ip
    if ip.is_loopback:
        return uses_route_localnet(port)
    if ip.version == 6 and ip.is_link_local:
        # Clients of such an address have one themselves, which the rules leave out unless sources are listed.
        return bool(port.allowed_sources)
    # The rules see only what is for the host's own addresses.
    return not (ip.is_multicast or str(ip) == "255.255.255.255")
