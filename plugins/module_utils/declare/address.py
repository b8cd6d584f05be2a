# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""IP addresses, networks and MAC addresses, for both families."""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.hostnet.containers.plugins.module_utils.declare.unquoted import as_base_60, as_number
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid

FAMILIES = (4, 6)
LOWEST_MTU_OF_IPV6 = 1280
_LIMITED_BROADCAST = ipaddress.ip_address("255.255.255.255")
# Unspecified, loopback, multicast, broadcast, and IPv4 written as IPv6.
_NOT_OF_HOSTS = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/32", "127.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32"),
        *("::/127", "ff00::/8", "::ffff:0:0/96"),
    )
)


def address(value):
    """Parse one IP address without a prefix length."""
    try:
        return _unmapped_address(ipaddress.ip_address(_without_zone(value)))
    except ValueError as error:
        raise ValueError(_told(error, value, "an IP address; use one such as 10.20.0.2 or fd00::2")) from None


def network(value):
    """Parse a network such as ``10.20.0.0/24``; bits of the host part are an error. One address is a network, too."""
    try:
        parsed = ipaddress.ip_network(_without_zone(value))
    except ValueError as error:
        if "has host bits set" in str(error):
            raise ValueError("%s has host bits set; write %s" % (value, ipaddress.ip_network(value, False))) from None
        raise ValueError(_told(error, value, "a network; use CIDR such as 10.20.0.0/24 or fd00::/64")) from None
    if parsed.version == 6 and parsed.prefixlen >= 96 and parsed.network_address.ipv4_mapped:
        return ipaddress.ip_network((parsed.network_address.ipv4_mapped, parsed.prefixlen - 96))
    return parsed


def subnet(value):
    """Parse a network that many have addresses of, such as the source of a masquerade rule: it needs its prefix."""
    parsed = network(value)
    if "/" not in str(value):
        likely = ipaddress.ip_network((parsed.network_address, 24 if parsed.version == 4 else 64), strict=False)
        raise ValueError(
            "%s has no prefix length; write %s if that is the subnet, or %s for this address alone"
            % (value, likely, parsed)
        )
    return parsed


def networks(values):
    """Parse a list of networks, sorted, each once."""
    return tuple(sorted({network(value) for value in values}, key=_order))


def subnets(values):
    """Parse a list of subnets, in the user's order, each once."""
    return tuple(dict.fromkeys(subnet(value) for value in values))


def interface_address(value):
    """Parse the address of an interface with its prefix length, such as ``10.20.0.1/24``."""
    if "/" not in str(value):
        raise ValueError("%r has no prefix length; write it as CIDR such as 10.20.0.1/24" % (value,))
    try:
        parsed = ipaddress.ip_interface(_without_zone(value))
    except ValueError as error:
        problem = "an address in CIDR form; use one such as 10.20.0.1/24 or fd00::1/64"
        raise ValueError(_told(error, value, problem)) from None
    if parsed.version == 6 and parsed.network.prefixlen >= 96 and parsed.ip.ipv4_mapped:
        return ipaddress.ip_interface((parsed.ip.ipv4_mapped, parsed.network.prefixlen - 96))
    return parsed


def interface_addresses(values):
    """Parse the addresses of one interface, in the user's order."""
    return tuple(interface_address(value) for value in values)


def in_subnet(ip, net):
    """Return an address with the prefix length of its subnet."""
    return ipaddress.ip_interface((ip, net.prefixlen))


def check_usable(interface, option):
    """Refuse an address, with its prefix length, that no host can have.

    Args:
        interface: an `ipaddress` interface.
        option: path of the option, for the message.
    """
    problem = unusable(interface)
    if problem:
        raise Invalid(option, "%s is %s; choose an address of a host" % (interface, problem))


def check_interface_addresses(addresses, mtu, where):
    """Refuse addresses that one interface cannot have.

    Args:
        addresses: interface addresses.
        mtu: of the interface, or None.
        where: prefix of the options, for the message.
    """
    seen = set()
    for item in addresses:
        check_usable(item, where + "addresses")
        if item.ip in seen:
            raise Invalid(where + "addresses", "%s is listed twice; list each address once" % item.ip)
        seen.add(item.ip)
    check_mtu(addresses, mtu, where)


def check_mtu(addresses, mtu, where):
    """Refuse an MTU with which the kernel takes IPv6 away from an interface that has IPv6 addresses or subnets."""
    six = [item for item in addresses if item.version == 6]
    if six and mtu is not None and mtu < LOWEST_MTU_OF_IPV6:
        raise Invalid(
            where + "mtu",
            "%d is too small for the IPv6 address %s; use %d or more" % (mtu, six[0], LOWEST_MTU_OF_IPV6),
        )


def check_subnet(item, option):
    """Refuse a network in which no host can have an address."""
    for other in _NOT_OF_HOSTS:
        if other.version == item.version and other.overlaps(item):
            raise Invalid(option, "%s holds %s, which hosts have no addresses in; choose another" % (item, other))


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
        raise ValueError("%r is not a MAC address; use one such as 02:42:0a:14:00:02%s" % (value, as_base_60(value, 6)))
    if int(value[:2], 16) & 1:
        raise ValueError("%s is a multicast MAC address; the first byte must be even" % value)
    if set(value) == {"0", ":"}:
        raise ValueError("%s is not a usable MAC address; leave it out to have one chosen" % value)
    return value.lower()


def _without_zone(value):
    """A zone such as ``%eth0`` has no meaning here, and may hold anything."""
    if "%" in str(value):
        raise ValueError("it has a zone")
    return str(value)


def _told(error, value, wanted):
    if str(error) == "it has a zone":
        return "%r has a zone; leave out what begins with '%%'" % (value,)
    return "%r is not %s%s" % (value, wanted, as_number(value))


def _unmapped_address(parsed):
    """An IPv4 address may be written as one of IPv6, as in ``::ffff:10.20.0.2``."""
    return getattr(parsed, "ipv4_mapped", None) or parsed


def unusable(interface):
    """Return what an address with its prefix length is that no host can have, or an empty string."""
    ip, net = interface.ip, interface.network
    if ip.is_multicast or ip.is_unspecified or ip.is_loopback or ip == _LIMITED_BROADCAST:
        return "a multicast, unspecified, loopback or broadcast address"
    if ip.version == 4 and net.prefixlen < 31 and ip in (net.network_address, net.broadcast_address):
        return "the network or broadcast address of %s" % net
    if ip.version == 6 and net.prefixlen < 127 and ip == net.network_address:
        return "the subnet-router anycast address of %s" % net
    return ""


def _order(item):
    return (item.version, int(item.network_address), item.prefixlen)
