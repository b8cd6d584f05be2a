# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of the filter table that give masqueraded packets the way out where no bridge of ours gives it.

A bridge of ours with a service lets its containers out. Masquerade on a bridge of others, or of a source behind any
interface, promises the outside, too, also where FORWARD has the policy DROP.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.leaving_rules import (
    INVALID,
    REPLIES,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import matching, rule


@dataclass(frozen=True)
class WayOut:
    """The way of the packets of one source.

    Attributes:
        source: the network.
        inner: the interface that they come by; None where the host does not have their network itself.
        outer: the only interface that they may leave by; None for any but the inner one.
    """

    source: object
    inner: str
    outer: str

    def rules(self):
        """Return the rules for both directions. What would leave without being rewritten does not."""
        source, there = matching("-s", self.source), matching("-d", self.source)
        come, gone = ("-i " + self.inner, "-o " + self.inner) if self.inner else ("", "")
        elsewhere = "-o " + self.outer if self.outer else "! -o " + self.inner if self.inner else ""
        back = "-i " + self.outer if self.outer else ""
        return [
            rule(source, come, elsewhere, INVALID, "-j DROP"),
            rule(source, come, elsewhere, "-j ACCEPT"),
            rule(there, back, gone, REPLIES, "-j ACCEPT"),
        ]


def ways_out(state, views, masquerades):
    """Return the `WayOut` of every masquerade declaration of one family that needs one.

    Args:
        state: the host after the plan.
        views: tuple of `BridgeNeeds`.
        masquerades: masquerade declarations of the family, sorted.
    """
    given = {view.name for view in views if view.owned and view.served}
    found = {}
    for item in masquerades:
        inner = item.bridge or _behind(state, item.source)
        if inner not in given and inner != item.out_interface:
            found[WayOut(item.source, inner, item.out_interface)] = None
    return tuple(found)


def _behind(state, source):
    """Return the interface of the host in whose network a source is, or None."""
    near = [
        (item.interface.network.prefixlen, link.name)
        for link in state.links.values()
        for item in link.addresses
        if item.interface.version == source.version and source.subnet_of(item.interface.network)
    ]
    return max(near)[1] if near else None
