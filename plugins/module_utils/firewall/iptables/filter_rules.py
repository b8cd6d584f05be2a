# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chains of the filter table: which packets may cross which bridge.

The number of rules grows with the bridges and not with the ports: published traffic is known by its
connection-tracking state.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.leaving_rules import (
    DNAT_STATE,
    INVALID,
    REPLIES,
    calls_on_the_way,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import rule
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.rule_comments import (
    forwarding_comment,
    subnet_comment,
    switch_comments,
)

FORWARD = "HOSTNET-FORWARD"
USER = "HOSTNET-USER"
PEERS = "HOSTNET-PEERS"
ISOLATED = "HOSTNET-ISOLATED"
OWNED = "HOSTNET-OWNED"
PUBLISHED = "HOSTNET-PUBLISHED"
_FORGED = "-m addrtype --src-type LOCAL"


def filter_chains(views, ways, switch, family):
    """Return the chains of ours in the filter table.

    Args:
        views: tuple of `BridgeNeeds`.
        ways: tuple of `WayOut`.
        switch: the `Switch` to remember, or None.
        family: 4 or 6.

    Returns:
        dict: from chain name to its list of rules.
    """
    served = [view for view in views if view.served]
    bare = [view for view in views if not view.served]
    rules = [rule("-j " + USER)]
    for view in served:
        rules += calls_on_the_way(view, family)
    for view in served:
        rules += _sealed(view)
    rules += [rule("-i " + view.name, INVALID, "-j DROP") for view in served if view.owned]
    for view in served:
        rules += _replies(view) + [rule("-o " + view.name, DNAT_STATE, "-j ACCEPT")]
    rules += [_between_containers(view) for view in views if view.owned]
    for view in served:
        if view.owned:
            rules += _inward(view)
    rules += [rule("-o " + view.name, "-j " + ISOLATED) for view in bare]
    rules += [rule("-i " + view.name, "-j ACCEPT") for view in served if view.owned]
    for way in ways:
        rules += way.rules()
    rules += remembered(switch)
    return {**_with_called(rules, views), **_published_by_others(switch)}


def remembered(switch):
    """Return the rule that remembers how IP forwarding was. Two tables have it, so that a flush of one is survived."""
    return [rule("", "", comment=comment) for comment in switch_comments(switch)] if switch else []


def _published_by_others(switch):
    """Others who publish ports rely on the policy that the FORWARD chain had before we closed it.

    What some DNAT rule of the host sent on its way is let through, after all rules of others had their say.
    """
    return {PUBLISHED: [rule(DNAT_STATE, "-j ACCEPT")]} if switch and switch.policy else {}


def _sealed(view):
    if not view.sealed:
        return []
    return [
        rule("-i %s ! -o %s" % (view.name, view.name), "-j DROP"),
        rule("! -i %s -o %s" % (view.name, view.name), "-j DROP"),
    ]


def _replies(view):
    rules = [rule("-o " + view.name, REPLIES, "-j ACCEPT")]
    if not view.owned:
        rules.append(rule("-i " + view.name, REPLIES, "-j ACCEPT"))
    return rules


def _between_containers(view):
    verdict = "ACCEPT" if view.policy.icc else "DROP"
    comment = forwarding_comment(view.policy) if view.declared else subnet_comment(view.name)
    return rule("-i %s -o %s" % (view.name, view.name), "-j " + verdict, comment=comment)


def _inward(view):
    policy, out = view.policy, "-o " + view.name
    rules = []
    if not policy.isolate:
        rules.append(rule(out, "-j " + PEERS))
    if policy.direct_access:
        rules.append(rule(out, "-j " + (OWNED if policy.isolate else ISOLATED)))
        return rules + [rule(out, _FORGED, "-j DROP"), rule(out, "-j ACCEPT")]
    return rules + [rule(out, "-j DROP")]


def _with_called(rules, views):
    chains = {FORWARD: rules, USER: []}
    members = {
        PEERS: [rule("-i " + view.name, "-j ACCEPT") for view in views if view.served and not view.policy.isolate],
        ISOLATED: [rule("-i " + view.name, "-j DROP") for view in views if view.served and view.policy.isolate],
        OWNED: [rule("-i " + view.name, "-j DROP") for view in views if view.owned],
    }
    called = {item.target for item in rules}
    chains.update((name, content) for name, content in members.items() if name in called)
    return chains
