# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tracked connections that must not outlive what decided them: a rule, or an address."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.flow_rules import flow_rules
from ansible_collections.hostnet.containers.plugins.module_utils.steps.connections import RedecideFlows


def flows_to_redecide(before, after):
    """Return the steps that have connections decided anew, one for each family whose rules or addresses change."""
    steps = []
    for family in (4, 6):
        old = flow_rules(before, family)
        new = flow_rules(after, family, old)
        gone = frozenset(address for _place, address in _places(before, family) - _places(after, family))
        if gone or old.tables != new.tables:
            steps.append(RedecideFlows(family, old, new, gone))
    return steps


def _places(state, family):
    """Pairs of a namespace, None for the host's own, and an address in it."""
    found = set()
    for name, links in [(None, state.links), *((name, item.links) for name, item in state.namespaces.items())]:
        for link in links.values():
            found.update(
                (name, int(item.interface.ip))
                for item in link.addresses
                if item.interface.version == family and not item.interface.is_loopback
            )
    return found
