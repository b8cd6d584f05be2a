# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chains of the nat table: published ports inward, masquerade outward."""

from __future__ import annotations

import functools

from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import PortRange
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import bracketed
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.filter_rules import (
    PEERS,
    USER,
    remembered,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import rule
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import PREFIX
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.port_tree import port_tree
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.rule_comments import (
    masquerade_comment,
    port_comment,
    subnet_comment,
)

DNAT = "HOSTNET-DNAT"
SNAT = "HOSTNET-SNAT"
USER_SNAT = "HOSTNET-USER-SNAT"
LOOPBACK = {4: "127.0.0.0/8", 6: "::1/128"}
MULTICAST = {4: "224.0.0.0/4", 6: "ff00::/8"}
_DNAT_STATE = "-m conntrack --ctstate DNAT"


def nat_chains(views, ports, masquerades, family, switch):
    """Return the chains of ours in the nat table.

    Args:
        views: tuple of `BridgeNeeds`.
        ports: published ports of the family, sorted.
        masquerades: masquerade declarations of the family, sorted.
        family: 4 or 6.
        switch: the `Switch` to remember, or None.

    Returns:
        dict: from chain name to its list of rules.
    """
    # Who may open nothing of the host is not led on from there, either; INPUT refuses what stays.
    closed = [rule("-i " + view.name, "-j RETURN") for view in views if view.owned and view.host_access == "none"]
    chains = {DNAT: [rule("-j " + USER), *closed], USER: [], USER_SNAT: []}
    for protocol in ("tcp", "udp", "sctp"):
        entries = [entry for port in ports if port.protocol == protocol for entry in _port_entries(port)]
        tree = port_tree(DNAT, entries, functools.partial(port_branch, protocol))
        chains[DNAT] += tree.pop(DNAT)
        chains.update(tree)
    chains[SNAT] = [rule("-j " + USER_SNAT)]
    for view in views:
        chains[SNAT] += _back_by_the_host(view, [port for port in ports if port.bridge == view.name], family)
    peers = _peers(views)
    for item in masquerades:
        chains[SNAT] += _masquerade(item, item.bridge in peers)
    if any(item.target == PEERS for item in chains[SNAT]):
        chains[PEERS] = [rule("-o " + name, "-j ACCEPT") for name in peers]
    chains[SNAT] += remembered(switch)
    return chains


def port_branch(protocol, low, high):
    """Return the name of the chain for a run of ports, and the rule that jumps to it."""
    name = "%s%s-%d-%d" % (PREFIX, protocol.upper(), low, high)
    return name, rule("-p %s -m %s --dport %d:%d" % (protocol, protocol, low, high), "-j " + name)


def _port_entries(port):
    """One entry for the whole range if the ports keep their numbers, else one for each port."""
    if port.target_port == port.host_port:
        target = str(port.container_ip)
        if len(port.host_port) == 1:
            target = "%s:%d" % (bracketed(port.container_ip), port.target_port.first)
        return [(port.host_port, item) for item in _port_rules(port, port.host_port, target)]
    entries = []
    for offset in range(len(port.host_port)):
        number = port.host_port.first + offset
        target = "%s:%d" % (bracketed(port.container_ip), port.target_port.first + offset)
        entries += [(PortRange(number, number), item) for item in _port_rules(port, PortRange(number, number), target)]
    return entries


def _port_rules(port, numbers, target):
    words = [_destination(port)]
    if not port.hairpin and port.bridge:
        words.append("! -i " + port.bridge)
    dport = str(numbers).replace("-", ":")
    words.append("-p %s -m %s --dport %s" % (port.protocol, port.protocol, dport))
    # What a proxy serves alone is not translated; the rule only says so.
    led = "-j RETURN" if proxied_alone(port) else "-j DNAT --to-destination %s" % target
    return [rule(source, *words, local + led, comment=port_comment(port)) for source, local in _sources(port)]


def proxied_alone(port):
    """Whether a proxy serves a port and no rule leads to it."""
    return port.loopback == "proxy" and port.only_host_ip is not None and port.only_host_ip.is_loopback


def _destination(port):
    if port.only_host_ip is not None:
        return "-d %s" % port.only_host_ip
    if port.loopback != "route_localnet" or port.family == 6:
        return "! -d " + LOOPBACK[port.family]
    return ""


def _sources(port):
    """Who may use a port. The host itself always may; link-local IPv6 clients cannot be answered through NAT.

    Only from OUTPUT does a packet under an address of the host get here.
    """
    if not port.allowed_sources:
        return [("! -s fe80::/10" if port.family == 6 else "", "")]
    return [("", "-m addrtype --src-type LOCAL ")] + [("-s %s" % item, "") for item in port.allowed_sources]


def _back_by_the_host(view, ports, family):
    """Rules that bring the answers back through the host, where the container would answer on a shorter way."""
    rules = []
    out = "-o " + view.name
    if any(uses_route_localnet(port) for port in ports):
        rules.append(rule("-s %s" % LOOPBACK[family], out, _DNAT_STATE, "-j MASQUERADE"))
    if any(port.hairpin for port in ports):
        comment = subnet_comment(view.name)
        rules += [rule("-s %s" % subnet, out, _DNAT_STATE, "-j MASQUERADE", comment=comment) for subnet in view.subnets]
    return rules


def uses_route_localnet(port):
    """Whether a port needs the kernel to route packets from 127.0.0.0/8 into the bridge."""
    on_loopback = port.only_host_ip is None or port.only_host_ip.is_loopback
    return port.family == 4 and port.loopback == "route_localnet" and on_loopback


def _peers(views):
    """Names of the bridges whose containers reach each other under their own addresses, if there are several.

    A bridge with members is none of them: beyond it is a LAN, which knows no way back to the containers.
    """
    open_ones = [view for view in views if view.owned and view.served and not view.members]
    found = [view.name for view in open_ones if not (view.policy.isolate or view.sealed)]
    return found if len(found) > 1 else []


def _masquerade(item, has_peers):
    comment = masquerade_comment(item)
    source = "-s %s" % item.source
    rules = [rule(source, "-d %s" % destination, "-j RETURN", comment=comment) for destination in item.exclude]
    elsewhere = "! -o %s" % item.bridge if item.bridge else ""
    out = "-o %s" % item.out_interface if item.out_interface else elsewhere
    target = "-j SNAT --to-source %s" % item.to_source if item.to_source else "-j MASQUERADE"
    if item.random_fully:
        target += " --random-fully"
    destination = "! -d %s" % MULTICAST[item.family]
    if not out:
        rules.insert(0, rule(source, "-d %s" % item.source, "-j ACCEPT", comment=comment))
    if has_peers and not item.out_interface:
        rules.append(rule(source, "-j " + PEERS, comment=comment))
    return rules + [rule(source, destination, out, target, comment=comment)]
