# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chain of the filter table for packets to the host itself: queries to the DNS servers of networks.

It is there only while a network has such a server. All else that the host accepts or refuses is left to others.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import rule
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.rule_comments import dns_comment

INPUT = "HOSTNET-INPUT"
_PROTOCOLS = ("udp", "tcp")


def input_chains(servers, family):
    """Return the chain of ours that the INPUT chain calls; none if no server answers in this family.

    Who is not on the network gets no answer, or the host would be an open resolver on its LAN. The host itself does.

    Args:
        servers: dict from bridge to `DnsServer`.
        family: 4 or 6.
    """
    rules = []
    for bridge in sorted(servers):
        for address in servers[bridge].of_family(family):
            rules += _answered(servers[bridge], address)
    return {INPUT: rules} if rules else {}


def _answered(server, address):
    queries = ["-p %s -m %s --dport 53" % (protocol, protocol) for protocol in _PROTOCOLS]
    accepted, refused = "-d %s -i %s" % (address, server.bridge), "-d %s ! -i lo" % address
    return [rule(accepted, query, "-j ACCEPT", comment=dns_comment(server)) for query in queries] + [
        rule(refused, query, "-j DROP") for query in queries
    ]
