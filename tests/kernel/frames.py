# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Frames as an attacker would make them, below and beside IP; and what claims an address, or speaks for a router."""

from __future__ import annotations

import socket
import struct

from packets import (
    ALL_NODES,
    ALL_NODES_MAC,
    BROADCAST,
    frame,
    hardware,
    icmp,
    icmpv6,
    ip_packet,
    link_local,
    packed,
)

VLAN, SERVICE_VLAN, EXPERIMENTAL = 0x8100, 0x88A8, 0x88B5
ROUTER_SOLICITATION, SOLICITATION, ADVERTISEMENT = 133, 135, 136
NONCE = b"\x0e\1nonce!"
IGMP, DESTINATION_OPTIONS, FRAGMENT, ICMPV6 = 2, 60, 44, 58


def raw(source, target, ethertype, payload):
    """A frame of any protocol."""
    return hardware(target) + hardware(source) + struct.pack("!H", ethertype) + payload


def tagged(whole, *tags):
    """A frame with tags put in front of its protocol, pairs of protocol and number; the first is the outermost."""
    inserted = b"".join(struct.pack("!HH", protocol, number) for protocol, number in tags)
    return whole[:12] + inserted + whole[12:]


def to_link_local_group(source, last, payload):
    """A frame to a group address that bridges take for themselves."""
    return raw(source, "01:80:c2:00:00:%02x" % last, EXPERIMENTAL, payload)


def bpdu(source):
    """A bridge that claims to be the root: nobody has a lower number."""
    identity = struct.pack("!H", 0) + hardware(source)
    body = struct.pack("!HBBB", 0, 0, 0, 0) + identity + struct.pack("!I", 0) + identity
    body += struct.pack("!HHHHH", 0x8001, 0, 20 << 8, 2 << 8, 15 << 8)
    return hardware("01:80:c2:00:00:00") + hardware(source) + struct.pack("!H", 3 + len(body)) + b"\x42\x42\x03" + body


def llc(source, target, payload):
    """A frame of IEEE 802.3, with a length and not a protocol."""
    return hardware(target) + hardware(source) + struct.pack("!H", 3 + len(payload)) + b"\xaa\xaa\x03" + payload


def arp(mac, sender, asked, operation=1, target=BROADCAST):
    """An ARP request, or (2) an answer. A probe has the sender 0.0.0.0."""
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + hardware(mac) + socket.inet_aton(sender)
    return raw(mac, target, 0x0806, body + bytes(6) + socket.inet_aton(asked))


def duplicate_address_detection(mac, address, options=b""):
    """A neighbour solicitation from nowhere: the sender is about to take the address."""
    body = struct.pack("!BBHI", SOLICITATION, 0, 0, 0) + packed(address) + options
    return frame(mac, ALL_NODES_MAC, icmpv6("::", ALL_NODES, body))


def advertisement_behind(mac, address, header):
    """A neighbour advertisement behind an extension header: destination options, or the header of a first fragment."""
    source = link_local(mac)
    body = struct.pack("!BBHI", 136, 0, 0, 1 << 29) + packed(address) + b"\2\1" + hardware(mac)
    payload = icmpv6(source, ALL_NODES, body)[40:]
    rest = struct.pack("!HI", 1, 7) if header == FRAGMENT else b"\1\4" + bytes(4)
    packet = ip_packet(source, ALL_NODES, header, struct.pack("!BB", ICMPV6, 0) + rest + payload, hops=255)
    return frame(mac, ALL_NODES_MAC, packet)


def discovery(mac, kind, source, told=None, about=None, before=b""):
    """A message of neighbour discovery, by its ICMPv6 type, with the sender's hardware address as it tells it.

    Args:
        told: that hardware address; None for the one in the frame.
        about: the address that it is about; None for a message that is about none.
        before: an option that stands before the one with the hardware address.
    """
    option = (b"\2" if kind == ADVERTISEMENT else b"\1") + b"\1" + hardware(told or mac)
    body = struct.pack("!BBHI", kind, 0, 0, 1 << 29 if kind == ADVERTISEMENT else 0)
    body += (packed(about) if about else b"") + before + option
    return frame(mac, ALL_NODES_MAC, icmpv6(source, ALL_NODES, body))


def redirect(mac, source, target, family):
    """A better way, by the sender."""
    if family == 4:
        return frame(mac, BROADCAST, icmp(source, target, struct.pack("!BBH", 5, 1, 0) + packed(source) + bytes(28)))
    body = struct.pack("!BBHI", 137, 0, 0, 0) + packed(link_local(mac)) + packed("2001:db8:2::2")
    return frame(mac, ALL_NODES_MAC, icmpv6(link_local(mac), ALL_NODES, body))


def router_advertisement_of_ipv4(mac, source):
    """ICMP router discovery."""
    body = struct.pack("!BBHBBH", 9, 0, 0, 1, 2, 1800) + packed(source) + struct.pack("!I", 0)
    return frame(mac, BROADCAST, icmp(source, "10.20.0.255", body))


def group_query(mac, source, family):
    """Who is in which group? Whoever asks gets all groups' packets."""
    if family == 4:
        return frame(
            mac, "01:00:5e:00:00:01", ip_packet(source, "224.0.0.1", IGMP, b"\x11\x64\xee\x9b" + bytes(4), hops=1)
        )
    body = struct.pack("!BBHHH", 130, 0, 0, 1000, 0) + bytes(16)
    return frame(mac, ALL_NODES_MAC, icmpv6(link_local(mac), ALL_NODES, body))


def group_report(mac, source="::"):
    """A member of a group tells of it, here before it has an address."""
    body = struct.pack("!BBHHH", 143, 0, 0, 0, 1) + struct.pack("!BBH", 4, 0, 0) + packed("ff02::1:ff00:2")
    return frame(mac, "33:33:00:00:00:16", icmpv6(source, "ff02::16", body))
