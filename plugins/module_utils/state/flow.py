# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A flow: a connection as the kernel tracks it."""

from __future__ import annotations

from typing import NamedTuple


class Flow(NamedTuple):
    """A tracked connection. Addresses are numbers, since tables hold hundreds of thousands of flows.

    Attributes:
        family: 4 or 6.
        protocol: as iptables writes it, such as ``tcp`` or ``ipv6-icmp``, or the number of another one.
        source: who began it.
        source_port: the port that it was sent from; None where there are no ports.
        destination: whom it was sent to.
        port: the port that it was sent to; of ICMP, the type of the message.
        led_to: who answers: the destination, or what it was translated to.
        led_to_port: the port that answers.
        seen_as: whom the answers are sent to: the source, or what it was translated to.
        seen_as_port: the port that the answers are sent to.
        answered: whether an answer was seen.
    """

    family: int
    protocol: object
    source: int
    source_port: int
    destination: int
    port: int
    led_to: int
    led_to_port: int
    seen_as: int
    seen_as_port: int
    answered: bool

    @property
    def untouched(self):
        """Whether nothing of it was translated."""
        return self.led_to == self.destination and self.seen_as == self.source

    @property
    def settled(self):
        """Whether both ends know each other by the addresses that it has, so that it cannot change them."""
        return self.answered and self.protocol in ("tcp", "sctp")
