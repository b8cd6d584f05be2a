# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chains of the filter table for what containers send beyond their bridge: under which source, and whereto not.

FORWARD and INPUT call the same chain of a bridge, since its containers choose by the address alone which of the two a
packet meets. A rule here drops or says nothing: who may go where is decided by the callers and by others.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import matching, rule
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.rule_comments import (
    deny_comment,
    subnet_comment,
)

FROM = "HOSTNET-FROM-"
DENY = "HOSTNET-DENY-"
REPLIES = "-m conntrack --ctstate RELATED,ESTABLISHED"
INVALID = "-m conntrack --ctstate INVALID"
DNAT_STATE = "-m conntrack --ctstate DNAT"
DNS_PROTOCOLS = ("udp", "tcp")
# What bears no address of a subnet because it cannot yet: the kernel forwards neither, so they reach the host at most.
_WITHOUT_ADDRESS = {4: ("-s 0.0.0.0 -d 255.255.255.255",), 6: ("-s fe80::/10", "-s ::")}


def calls_on_the_way(view, family):
    """Return the rules of FORWARD that call the chain of a bridge.

    What stays on the bridge is not asked (the firewall sees it where there is `br_netfilter`), but for what went by an
    address of the host: a published port may be closed to some sources.
    """
    if not _judged(view, family):
        return []
    call = "-j " + FROM + view.name
    return [
        rule("-i %s ! -o %s" % (view.name, view.name), call),
        rule("-i %s -o %s" % (view.name, view.name), DNAT_STATE, call),
    ]


def call_to_the_host(view, family):
    """Return the rules that call the chain of a bridge for packets to the host itself, known to come from there."""
    return [rule("-j " + FROM + view.name)] if _judged(view, family) else []


def leaving_chains(views, servers, family):
    """Return the chains of all bridges.

    Args:
        views: tuple of `BridgeNeeds`.
        servers: dict from bridge to `DnsServer`.
        family: 4 or 6.
    """
    chains = {}
    for view in views:
        if _judged(view, family):
            chains[FROM + view.name] = _sources(view, family)
        if view.denied(family):
            chains[DENY + view.name] = list(_denied(view, servers.get(view.name), family))
    return chains


def _judged(view, family):
    return view.walled or bool(view.denied(family))


def _sources(view, family):
    onward = "-g " + DENY + view.name if view.denied(family) else "-j RETURN"
    if not view.walled:
        return [rule(onward)]
    comment = subnet_comment(view.name)
    rules = [rule(matching("-s", item), onward, comment=comment) for item in view.subnets]
    rules += [rule(matching("-s", item), onward) for item in view.allowed]
    rules += [rule(source, onward) for source in _WITHOUT_ADDRESS[family]]
    if view.closed and family == 6:
        # The kernel has IPv6 switched off there. Where somebody switches it on, the host can speak, and nobody else.
        rules.append(rule(REPLIES, "-j RETURN"))
    return rules + [rule("-j DROP")]


def _denied(view, server, family):
    """Before and after DNAT: neither does it help that an address leads elsewhere, nor that another leads there."""
    yield rule(REPLIES, "-j RETURN")
    for address in server.of_family(family) if server else ():
        for protocol in DNS_PROTOCOLS:
            yield rule("-d %s" % address, "-p %s -m %s --dport 53" % (protocol, protocol), "-j RETURN")
    for item in view.denied(family):
        comment = deny_comment(view.name, item)
        yield rule(matching("-d", item), "-j DROP", comment=comment)
        if item.prefixlen:
            yield rule("-m conntrack --ctorigdst %s" % item, "-j DROP", comment=comment)
