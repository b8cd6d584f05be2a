# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chain of the raw table: packets that can only be forged are dropped before connection tracking."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.nat_rules import (
    LOOPBACK,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import rule
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.rule_comments import subnet_comment

GUARD = "HOSTNET-GUARD"


def raw_chains(views, ports, family):
    """Return the chains of ours in the raw table; none if there is nothing to guard.

    Loopback addresses are guarded in both directions, since a bridge may route them. The addresses of a subnet are
    nobody's but its bridge's. As a destination they are guarded where nobody elsewhere rightly sends to them: its own
    packets leave under another source, and no other network reaches it.
    """
    rules = [rule("%s %s" % (end, LOOPBACK[family]), "! -i lo", "-j DROP") for end in ("-s", "-d")]
    # The host's own packets to itself bear its addresses in the subnets.
    rules.append(rule("-i lo", "-j RETURN"))
    for view in views:
        if view.walled:
            rules += [_forged(view, subnet) for subnet in view.attached]
    for view in views:
        if not view.served or not view.owned or view.policy.direct_access or not view.policy.isolate:
            continue
        for subnet in view.subnets:
            rules += _guard(view, subnet)
    return {GUARD: rules}


def _forged(view, subnet):
    return rule("-s %s" % subnet, "! -i " + view.name, "-j DROP", comment=subnet_comment(view.name))


def _guard(view, subnet):
    if (
        subnet not in view.attached
        or not view.policy.internal
        and not any(_covers(source, subnet) for source in view.masqueraded)
    ):
        return []
    comment = subnet_comment(view.name)
    rules = [
        rule("-s %s -d %s" % (destination, subnet), "-j RETURN")
        for source, destination in view.exempt
        if source.overlaps(subnet)
    ]
    # The host's own address in the subnet is not a container's: published ports answer there to everybody.
    from_elsewhere = "! -i %s -m addrtype ! --dst-type LOCAL" % view.name
    return rules + [rule("-d %s" % subnet, from_elsewhere, "-j DROP", comment=comment)]


def _covers(source, subnet):
    return source.version == subnet.version and subnet.subnet_of(source)
