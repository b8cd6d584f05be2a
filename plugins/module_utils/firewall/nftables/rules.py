# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of nftables as values: written as text, and equal to what is read if they mean the same."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

# Names that nft prints for numbers; which of them depends on its release, and on /etc/protocols.
NAMES = {
    "ether type": {"ip": 0x0800, "arp": 0x0806, "ip6": 0x86DD},
    "ip protocol": {"icmp": 1, "igmp": 2, "tcp": 6, "udp": 17},
    "ip6 nexthdr": {"icmpv6": 58, "ipv6-icmp": 58},
    "meta pkttype": {"host": 0, "unicast": 0, "broadcast": 1, "multicast": 2, "other": 3},
    "icmp type": {"redirect": 5, "router-advertisement": 9, "router-solicitation": 10},
    "igmp type": {"membership-query": 0x11},
    "icmpv6 type": {
        "mld-listener-query": 130,
        "mld-listener-report": 131,
        "mld-listener-done": 132,
        "mld-listener-reduction": 132,
        "nd-router-solicit": 133,
        "nd-router-advert": 134,
        "nd-neighbor-solicit": 135,
        "nd-neighbor-advert": 136,
        "nd-redirect": 137,
        "router-renumbering": 138,
        "mld2-listener-report": 143,
    },
}
_HARDWARE = ("ether saddr", "ether daddr", "arp saddr ether")
_ADDRESS = {"ip saddr": 4, "arp saddr ip": 4, "arp daddr ip": 4, "ip6 saddr": 6}


@dataclass(frozen=True)
class Match:
    """A condition.

    Attributes:
        field: what it looks at, as nft writes it.
        values: frozenset of ranges of numbers, as pairs of the first and the last; or the name of a set, such as
            ``@ports``.
        other: whether it holds for all other values.
    """

    field: str
    values: object
    other: bool = False

    def __str__(self):
        return "%s%s %s" % (self.field, " !=" if self.other else "", self._values())

    def _values(self):
        if isinstance(self.values, str):
            return self.values
        written = [_range(self.field, *pair) for pair in sorted(self.values)]
        return written[0] if len(written) == 1 else "{ %s }" % ", ".join(written)


@dataclass(frozen=True)
class Rule:
    """A rule: conditions, and what happens to a packet for which all hold. A note changes nothing of what it means."""

    matches: tuple
    verdict: str
    note: str = field(default=None, compare=False)

    def __str__(self):
        note = ' comment "%s"' % self.note if self.note else ""
        return "".join("%s " % match for match in self.matches) + self.verdict + note


def match(field_name, *values, other=False):
    """Return a condition on a field.

    Args:
        field_name: as nft writes it.
        values: numbers, pairs of numbers, hardware addresses, networks, or the name of a set.
        other: whether it holds for all other values.
    """
    if isinstance(values[0], str) and values[0].startswith("@"):
        return Match(field_name, values[0], other)
    return Match(field_name, merged(map(_pair, values)), other)


def merged(ranges):
    """Return ranges of numbers such that equal sets of numbers are equal."""
    found = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return frozenset(found)


def _pair(value):
    if isinstance(value, tuple):
        return value
    if isinstance(value, str):
        return (hardware_number(value),) * 2
    if isinstance(value, int):
        return value, value
    return int(value[0]), int(value[-1])


def hardware_number(mac):
    """A hardware address as a number."""
    return int(mac.replace(":", ""), 16)


def hardware_address(number):
    """A number as a hardware address."""
    return number.to_bytes(6, "big").hex(":")


def _range(field_name, first, last):
    ends = (first,) if first == last else (first, last)
    return "-".join(_value(field_name, end) for end in ends)


def _value(field_name, number):
    if field_name in _HARDWARE:
        return hardware_address(number)
    if field_name in _ADDRESS:
        return str((ipaddress.IPv4Address if _ADDRESS[field_name] == 4 else ipaddress.IPv6Address)(number))
    if field_name == "meta pkttype":
        return next(name for name, known in NAMES[field_name].items() if known == number)
    return hex(number)
