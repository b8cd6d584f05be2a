# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step that has tracked connections decided anew, as data."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.flow_decision import OF_THE_HOST
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.flow_rules import FlowRules

ENDED, ANEW, HOMELESS = "ended", "anew", "homeless"
_LINES = {
    ENDED: "end the IPv%d flows that are refused now",
    HOMELESS: "forget the IPv%d flows of addresses that are removed",
    ANEW: "decide the IPv%d flows anew that the old rules had decided otherwise",
}


@dataclass(frozen=True)
class RedecideFlows:
    """Forget the tracked connections that the rules would treat otherwise than they are treated.

    Attributes:
        family: 4 or 6.
        before: the `FlowRules` by which they were decided.
        after: those that hold now.
        gone: addresses, as numbers, that are not where they were.
        seen: which of `ENDED`, `HOMELESS` and `ANEW` there are on the host; empty where nobody has looked.
    """

    family: int
    before: FlowRules
    after: FlowRules
    gone: frozenset = frozenset()
    seen: frozenset = frozenset()

    def describe(self):
        return tuple(_LINES[what] % self.family for what in _LINES if what in self.seen)

    def with_seen(self, seen):
        """Return the step as it is told once somebody has looked."""
        return dataclasses.replace(self, seen=frozenset(seen))

    def judged(self, flow, host):
        """Tell what becomes of a `Flow`: `ENDED`, `HOMELESS`, `ANEW`, or None where it goes on as it is.

        It goes on if both rules say the same of it, if it is already as the rules want it, or if it is as others want
        it. So does a settled connection that nothing translated, as long as it is not refused and its answers come
        in: it cannot change its addresses.
        """
        if not self.gone.isdisjoint((flow.source, flow.destination, flow.led_to, flow.seen_as)):
            return HOMELESS
        old, new = self.before.decision(flow, host), self.after.decision(flow, host)
        if old == new:
            return None
        if new.refused:
            return None if old.refused else ENDED
        if old.translation == new.translation:
            return ANEW if old.accepted and not new.accepted else None
        if _is_kept(flow, old, new) or new.translation == (None, None) and not old.fits(flow):
            return None
        if flow.settled and flow.untouched and not (new.source and self.after.refuses_answers(flow, host)):
            return None
        return ANEW if new.leads(flow) else ENDED


def _is_kept(flow, old, new):
    """An address that was given no longer counts as one of the host's that the rules may choose."""
    return new.fits(flow) and not (new.source == OF_THE_HOST and flow.seen_as == old.source)
