# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rules decide of a flow, as a value."""

from __future__ import annotations

from dataclasses import dataclass

OF_THE_HOST = "an address of the host"


@dataclass(frozen=True)
class Decision:
    """What becomes of a flow.

    Attributes:
        refused: whether its packets are dropped.
        accepted: whether they are let through, whatever others say.
        target: address and port that it is led to; None if it is not led elsewhere.
        source: the address that it gets as its source, or `OF_THE_HOST`; None if it keeps its own.
    """

    refused: bool = False
    accepted: bool = False
    target: tuple = None
    source: object = None

    @property
    def translation(self):
        """Where it is led, and under which source."""
        return self.target, self.source

    def leads(self, flow):
        """Tell whether a flow is led where this says."""
        if self.target is not None:
            return self.target == (flow.led_to, flow.led_to_port)
        return flow.led_to == flow.destination and flow.led_to_port in (None, flow.port)

    def fits(self, flow):
        """Tell whether a flow is translated as this says."""
        if self.source == OF_THE_HOST:
            return self.leads(flow) and flow.seen_as != flow.source
        return self.leads(flow) and flow.seen_as == (flow.source if self.source is None else self.source)
