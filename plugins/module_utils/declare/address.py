# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""IP addresses, networks and MAC addresses, for both families."""

from __future__ import annotations

import ipaddress
import re

FAMILIES = (4, 6)


def address(value):
    """Parse one IP address without a prefix length."""
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        raise ValueError("%r is not an IP address; use one such as 10.20.0.2 or fd00::2" % (value,)) from None


def network(value):
    """Parse a network such as ``10.20.0.0/24``; bits of the host part are an error."""
    try:
        return ipaddress.ip_network(value)
    except ValueError as error:
        if "has host bits set" in str(error):
            raise ValueError("%s has host bits set; write %s" % (value, ipaddress.ip_network(value, False))) from None
        raise ValueError("%r is not a network; use CIDR such as 10.20.0.0/24 or fd00::/64" % (value,)) from None


def networks(values):
    """Parse a list of networks, sorted, each once."""
    return tuple(sorted({network(value) for value in values}, key=_order))


def interface_address(value):
    """Parse the address of an interface with its prefix length, such as ``10.20.0.1/24``."""
    if "/" not in str(value):
        raise ValueError("%r has no prefix length; write it as CIDR such as 10.20.0.1/24" % (value,))
    try:
        parsed = ipaddress.ip_interface(value)
    except ValueError:
        raise ValueError(
            "%r is not an address in CIDR form; use one such as 10.20.0.1/24 or fd00::1/64" % (value,)
        ) from None
    problem = _unusable(parsed)
    if problem:
        raise ValueError("%s is %s; choose an address of a host" % (value, problem))
    return parsed


def without_prefix(value):
    """Parse an address of a container whose prefix length is that of its subnet."""
    parsed = address(value)
    problem = _unusable(ipaddress.ip_interface(parsed))
    if problem:
        raise ValueError("%s is %s; choose an address of a host" % (value, problem))
    return parsed


def interface_addresses(values):
    """Parse the addresses of one interface, in the user's order, none twice."""
    parsed = tuple(interface_address(value) for value in values)
    seen = set()
    for item in parsed:
        if item.ip in seen:
            raise ValueError("%s is listed twice; list each address once" % item.ip)
        seen.add(item.ip)
    return parsed


def gateways(values):
    """Parse default gateways, at most one for each family."""
    parsed = tuple(address(value) for value in values)
    for family in FAMILIES:
        if sum(item.version == family for item in parsed) > 1:
            raise ValueError("there is more than one IPv%d gateway; give at most one for each family" % family)
    return parsed


def mac(value):
    """Parse a unicast MAC address such as ``02:42:0a:14:00:02``."""
    if not re.fullmatch(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}", value):
        raise ValueError("%r is not a MAC address; use one such as 02:42:0a:14:00:02" % value)
    if int(value[:2], 16) & 1:
        raise ValueError("%s is a multicast MAC address; the first byte must be even" % value)
    if set(value) == {"0", ":"}:
        raise ValueError("%s is not a usable MAC address; leave it out to have one chosen" % value)
    return value.lower()


def _unusable(interface):
    ip, net = interface.ip, interface.network
    if ip.is_multicast or ip.is_unspecified or ip.is_loopback:
        return "a multicast, unspecified or loopback address"
    if ip.version == 4 and net.prefixlen < 31 and ip in (net.network_address, net.broadcast_address):
        return "the network or broadcast address of %s" % net
    if ip.version == 6 and net.prefixlen < 127 and ip == net.network_address:
        return "the subnet-router anycast address of %s" % net
    return ""


def _order(item):
    return (item.version, int(item.network_address), item.prefixlen)
