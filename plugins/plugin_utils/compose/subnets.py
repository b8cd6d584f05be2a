# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subnets for networks that give none, and the second address of a container that gives one of two.

Both follow from names in the file alone: they are the same on every controller and in every run, and a network keeps
its subnet when others come and go.
"""

from __future__ import annotations

import hashlib
import ipaddress

PREFIX_OF_IPV4 = 22


def chosen_ipv4(name, pool, taken):
    """Return the IPv4 subnet of a network.

    Args:
        name: of the network; a hash of it says where in the pool the search begins.
        pool: the network that it is part of.
        taken: list of networks that it must not overlap.

    Raises:
        ValueError: the pool has none that is free.
    """
    length = max(PREFIX_OF_IPV4, pool.prefixlen)
    count = 1 << (length - pool.prefixlen)
    first = _number(name) % count
    size = 1 << (32 - length)
    for step in range(count):
        start = int(pool.network_address) + (first + step) % count * size
        subnet = ipaddress.ip_network((start, length))
        if not any(other.version == 4 and other.overlaps(subnet) for other in taken):
            return subnet
    raise ValueError("no /%d of %s is free" % (length, pool))


def chosen_ipv6(name):
    """Return the IPv6 subnet of a network: a unique local one (RFC 4193) whose 40 bits are a hash of its name."""
    return ipaddress.ip_network(((0xFD << 120) | (_number(name) >> 24 << 80), 64))


def counterpart(address, subnet, within, taken):
    """Return the address that goes with one of the other family: as far from the start of its subnet, if that is free.

    Args:
        address: the one that the file gives.
        subnet: its subnet.
        within: the subnet of the other family.
        taken: addresses that are not free.
    """
    offset = int(address) - int(subnet.network_address)
    last = within.num_addresses - (2 if within.version == 4 and within.num_addresses > 2 else 1)
    for candidate in (offset, *range(1, min(last, 4096) + 1)):
        if 0 < candidate <= last:
            found = within.network_address + candidate
            if found not in taken:
                return found
    raise ValueError("no address of %s is free" % within)


def _number(name):
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
