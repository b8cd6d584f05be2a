# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chains of the filter table for packets to the host itself: what containers may open there, and DNS.

The chain is called first in INPUT, so that what it refuses stays refused whatever others accept. It accepts nothing
but queries to the DNS servers of networks: all else that it lets by is still to be accepted, or refused, by others.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.leaving_rules import (
    DNS_PROTOCOLS,
    REPLIES,
    call_to_the_host,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import rule
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import USER_INPUT
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.rule_comments import dns_comment

INPUT = "HOSTNET-INPUT"
HOST = "HOSTNET-HOST-"
_PING = {4: "-p icmp -m icmp --icmp-type 8", 6: "-p ipv6-icmp -m icmp6 --icmpv6-type 128"}
# Without these no packet of IPv6 finds its neighbour. The kernel takes them from the wire only, whatever their source.
_NEIGHBOURS = {4: (), 6: tuple("-p ipv6-icmp -m icmp6 --icmpv6-type %d" % number for number in (135, 136))}


def input_chains(views, servers, ports, family):
    """Return the chains of ours that the INPUT chain calls; none if there is nothing to say.

    Args:
        views: tuple of `BridgeNeeds`.
        servers: dict from bridge to `DnsServer`.
        ports: all published ports, of both families.
        family: 4 or 6.
    """
    judged = [view for view in views if view.walled or view.policed]
    answered = [rule for bridge in sorted(servers) for rule in _answered(servers[bridge], family)]
    if not judged and not answered:
        return {}
    calls = [rule("-i " + view.name, "-j " + HOST + view.name) for view in judged]
    chains = {INPUT: [rule("-j " + USER_INPUT), *calls, *answered], USER_INPUT: []}
    for view in judged:
        chains[HOST + view.name] = [
            *(rule(neighbour, "-j RETURN") for neighbour in _NEIGHBOURS[family]),
            *call_to_the_host(view, family),
            *_opened(view, _proxied(ports) if family == 6 else (), family),
        ]
    return chains


def _opened(view, proxied, family):
    """What containers may open on the host. Published ports are not here: their packets are forwarded."""
    denied = [port for port in proxied if any(port.container_ip in item for item in view.denied(4))]
    rules = [rule(_to(port), "-j DROP") for port in denied]
    access = view.host_access
    if access == "all":
        return rules
    rules.append(rule(REPLIES, "-j RETURN"))
    if access == "published":
        rules.append(rule(_PING[family], "-j RETURN"))
        rules += [rule(_to(port), "-j RETURN") for port in proxied]
    for subnet in view.attached if access != "none" else ():
        # Of what gets here, only the host's own address on the bridge is in its subnet.
        gateway = "-d %s" % subnet
        rules += [rule(gateway, _PING[family], "-j RETURN")] if access == "gateway" else []
        rules += [rule(gateway, query, "-j RETURN") for query in _QUERIES]
    return rules + [rule("-j DROP")]


def _proxied(ports):
    """Ports of IPv4 containers that a proxy serves on every IPv6 address of the host: it is the host that answers."""
    return [
        port
        for port in ports
        if port.loopback == "proxy" and port.family == 4 and port.only_host_ip is None and not port.allowed_sources
    ]


def _to(port):
    return "-p tcp -m tcp --dport %s" % str(port.host_port).replace("-", ":")


_QUERIES = ["-p %s -m %s --dport 53" % (protocol, protocol) for protocol in DNS_PROTOCOLS]


def _answered(server, family):
    """Who is not on the network gets no answer, or the host were an open resolver on its LAN. The host itself does."""
    for address in server.of_family(family):
        accepted, refused = "-d %s -i %s" % (address, server.bridge), "-d %s ! -i lo" % address
        for query in _QUERIES:
            yield rule(accepted, query, "-j ACCEPT", comment=dns_comment(server))
        for query in _QUERIES:
            yield rule(refused, query, "-j DROP")
