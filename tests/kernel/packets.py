# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets as an attacker would make them: with any address in any field."""

from __future__ import annotations

import ipaddress
import socket
import struct

BROADCAST = "ff:ff:ff:ff:ff:ff"
ALL_NODES, ALL_NODES_MAC = "ff02::1", "33:33:00:00:00:01"
_ICMP, _TCP, _UDP, _ICMPV6, _SCTP = 1, 6, 17, 58, 132


def mac_of(place, interface="eth0"):
    """The hardware address of an interface."""
    return place.run(["ip", "-j", "link", "show", interface]).json[0]["address"]


def frame(source, target, packet):
    """An Ethernet frame around an IP packet."""
    return hardware(target) + hardware(source) + struct.pack("!H", 0x0800 if packet[0] >> 4 == 4 else 0x86DD) + packet


def udp(source, target, payload, source_port=4000, target_port=5000):
    """A datagram."""
    header = struct.pack("!HHHH", source_port, target_port, 8 + len(payload), 0)
    return ip_packet(source, target, _UDP, _summed(source, target, _UDP, header + payload, 6))


def tcp_reset(source, target, source_port, target_port):
    """A reset of a connection that nobody knows of."""
    header = struct.pack("!HHIIBBHHH", source_port, target_port, 4711, 0, 5 << 4, 4, 0, 0, 0)
    return ip_packet(source, target, _TCP, _summed(source, target, _TCP, header, 16))


def sctp_init(source, target, source_port, target_port, tag):
    """The first packet of an SCTP association; `tag` is four bytes by which it is known again."""
    chunk = struct.pack("!BBH", 1, 0, 20) + tag + struct.pack("!IHHI", 65536, 1, 1, 1)
    header = struct.pack("!HHI", source_port, target_port, 0)
    checksum = struct.pack("<I", _crc32c(header + bytes(4) + chunk))
    return ip_packet(source, target, _SCTP, header + checksum + chunk)


def arp_announcement(mac, address, claimed_mac=None):
    """A gratuitous ARP request: everybody takes it for the truth."""
    claimed, ip = hardware(claimed_mac or mac), socket.inet_aton(address)
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + claimed + ip + bytes(6) + ip
    return hardware(BROADCAST) + hardware(mac) + struct.pack("!H", 0x0806) + body


def neighbour_advertisement(mac, address, source=None):
    """An unsolicited neighbour advertisement to all nodes that overrides what they know."""
    body = struct.pack("!BBHI", 136, 0, 0, 1 << 29) + packed(address) + b"\2\1" + hardware(mac)
    source = source or address
    packet = ip_packet(source, ALL_NODES, _ICMPV6, _summed(source, ALL_NODES, _ICMPV6, body, 2), hops=255)
    return frame(mac, ALL_NODES_MAC, packet)


def router_advertisement(mac, prefix):
    """A router advertisement: a default route by the sender, and a prefix to make an address in."""
    network = ipaddress.ip_network(prefix)
    option = struct.pack("!BBBBIII", 3, 4, network.prefixlen, 0xC0, 1800, 1800, 0) + network.network_address.packed
    body = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + b"\1\1" + hardware(mac) + option
    source = link_local(mac)
    packet = ip_packet(source, ALL_NODES, _ICMPV6, _summed(source, ALL_NODES, _ICMPV6, body, 2), hops=255)
    return frame(mac, ALL_NODES_MAC, packet)


def link_local(mac):
    """The link-local address that belongs to a hardware address."""
    first, second, third, *rest = hardware(mac)
    return str(ipaddress.IPv6Address(b"\xfe\x80" + bytes([0] * 6 + [first ^ 2, second, third, 0xFF, 0xFE, *rest])))


def hardware(text):
    """A hardware address as bytes."""
    return bytes.fromhex(text.replace(":", ""))


def packed(address):
    """An IP address as bytes."""
    return ipaddress.ip_address(address).packed


def icmp(source, target, body):
    """An ICMP message; the place of its checksum is zero."""
    return ip_packet(source, target, _ICMP, body[:2] + _sum(body) + body[4:])


def icmpv6(source, target, body):
    """An ICMPv6 message that came by no router; the place of its checksum is zero."""
    return ip_packet(source, target, _ICMPV6, _summed(source, target, _ICMPV6, body, 2), hops=255)


def ip_packet(source, target, protocol, payload, hops=64):
    """A packet of either family."""
    if ":" in target:
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, hops) + packed(source) + packed(target) + payload
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, hops, protocol, 0)
    header += packed(source) + packed(target)
    return header[:10] + _sum(header) + header[12:] + payload


def _summed(source, target, protocol, data, place):
    """Put the Internet checksum, pseudo header included, at a place of the data."""
    pseudo_header = packed(source) + packed(target) + struct.pack("!II", len(data), protocol)
    return data[:place] + _sum(pseudo_header + data) + data[place + 2 :]


def _sum(data):
    total = sum(struct.unpack("!%dH" % ((len(data) + 1) // 2), data + bytes(len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


def _crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _bit in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF
