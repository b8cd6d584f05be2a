# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A router that advertises itself, without a library."""

from __future__ import annotations

import socket
import struct

PREFIX = "2001:db8:77::"
_ADVERTISEMENT, _PREFIX_OPTION = 134, 3
_ON_LINK_AND_AUTONOMOUS = 0xC0


def advertise(interface, lifetime=1800):
    """Send a router advertisement to all nodes on an interface, from the place where this runs."""
    index = socket.if_nametoindex(interface)
    prefix = struct.pack("!4B3I", _PREFIX_OPTION, 4, 64, _ON_LINK_AND_AUTONOMOUS, 3600, 1800, 0)
    message = struct.pack("!BBHBBHII", _ADVERTISEMENT, 0, 0, 64, 0, lifetime, 0, 0)
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as router:
        router.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        router.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        router.sendto(message + prefix + socket.inet_pton(socket.AF_INET6, PREFIX), ("ff02::1", 0, 0, index))
