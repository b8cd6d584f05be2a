# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Telling the neighbours of a new address: they may remember it with the MAC address of its former holder."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct

_ETHERNET = struct.Struct("!6s6sH")
_ARP = struct.Struct("!HHBBH6s4s6s4s")
_IPV6 = struct.Struct("!IHBB16s16s")
_ADVERTISEMENT = struct.Struct("!BBHI16sBB6s")
_ETH_P_ARP, _ETH_P_IPV6 = 0x0806, 0x86DD
_BROADCAST, _ALL_NODES_MAC = b"\xff" * 6, b"\x33\x33\0\0\0\1"
_ALL_NODES = ipaddress.ip_address("ff02::1").packed
_ICMPV6, _NEIGHBOUR_ADVERTISEMENT = 58, 136
_OVERRIDE = 1 << 29


def announce(device, mac, ip):
    """Send a gratuitous ARP request or an unsolicited neighbour advertisement, and do not wait.

    Nobody depends on its arrival, so that one that cannot be sent is no error.

    Args:
        device: an interface that is up, in the namespace of the calling thread.
        mac: its hardware address, as text.
        ip: the address, of either family.
    """
    hardware = bytes.fromhex(mac.replace(":", ""))
    frame = _arp_request(hardware, ip.packed) if ip.version == 4 else _advertisement(hardware, ip.packed)
    with contextlib.suppress(OSError), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((device, 0))
        sender.send(frame)


def _arp_request(mac, ip):
    """As RFC 5227 has it: a request for the sender's own address."""
    return _ETHERNET.pack(_BROADCAST, mac, _ETH_P_ARP) + _ARP.pack(1, 0x0800, 6, 4, 1, mac, ip, bytes(6), ip)


def _advertisement(mac, ip):
    """As RFC 4861 has it: to all nodes, unsolicited, overriding what they remember."""
    message = _advertisement_with(0, mac, ip)
    pseudo_header = ip + _ALL_NODES + struct.pack("!II", len(message), _ICMPV6)
    message = _advertisement_with(_checksum(pseudo_header + message), mac, ip)
    header = _IPV6.pack(6 << 28, len(message), _ICMPV6, 255, ip, _ALL_NODES)
    return _ETHERNET.pack(_ALL_NODES_MAC, mac, _ETH_P_IPV6) + header + message


def _advertisement_with(checksum, mac, ip):
    return _ADVERTISEMENT.pack(_NEIGHBOUR_ADVERTISEMENT, 0, checksum, _OVERRIDE, ip, 2, 1, mac)


def _checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
