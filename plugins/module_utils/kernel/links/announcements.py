# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Telling the neighbours of a new address: they may remember it with the MAC address of its former holder."""

from __future__ import annotations

import contextlib
import socket
import struct

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import neighbours
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import CREATE

_RTM_NEWNEIGH, _RTM_DELNEIGH = 28, 29
_USE = 1
_ETHERNET = struct.Struct("!6s6sH")
_ARP = struct.Struct("!HHBBH6s4s6s4s")
_ETH_P_ARP = 0x0806
_BROADCAST = b"\xff" * 6
_ADVERTISEMENT = struct.Struct("!BBHI16sBB6s")
_NEIGHBOUR_ADVERTISEMENT, _OVERRIDE, _TARGET_LINK_LAYER_ADDRESS = 136, 1 << 29, 2


def announce(session, raw, ip, beside=()):
    """Send a gratuitous ARP request or an unsolicited neighbour advertisement, and do not wait.

    Nobody depends on its arrival, so that one that cannot be sent is no error.

    Args:
        session: the `Session` of the calling thread's namespace.
        raw: the `RawLink` that got the address.
        ip: the address, of either family.
        beside: the networks of the other addresses of the link.
    """
    if not raw.link.up or raw.link.mac is None:
        return
    mac = bytes.fromhex(raw.link.mac.replace(":", ""))
    with contextlib.suppress(OSError):
        if ip.version == 6:
            _advertise(raw.index, mac, ip)
        elif any(ip in network for network in beside):
            _send_request(raw.link.name, mac, ip.packed)
        else:
            _have_request_sent(session, raw.index, ip)


def _have_request_sent(session, index, ip):
    """Have the kernel look for the holder of its own address: it asks with the first address of that subnet.

    A packet socket would do, too, but closing one waits for the kernel for up to 20 ms.
    """
    which = {"family": socket.AF_INET, "ifindex": index}
    asked = [("NDA_DST", str(ip))]
    session.request(_RTM_NEWNEIGH, neighbours.message(asked, flags=_USE, **which), CREATE)
    session.request(_RTM_DELNEIGH, neighbours.message(asked, **which))


def _send_request(device, mac, packed):
    """As RFC 5227 has it: a request for the sender's own address."""
    frame = _ETHERNET.pack(_BROADCAST, mac, _ETH_P_ARP) + _ARP.pack(1, 0x0800, 6, 4, 1, mac, packed, bytes(6), packed)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((device, 0))
        sender.send(frame)


def _advertise(index, mac, ip):
    """As RFC 4861 has it: to all nodes, unsolicited, overriding what they remember. The kernel adds the checksum."""
    head = _NEIGHBOUR_ADVERTISEMENT, 0, 0, _OVERRIDE
    message = _ADVERTISEMENT.pack(*head, ip.packed, _TARGET_LINK_LAYER_ADDRESS, 1, mac)
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sender:
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
        sender.bind((str(ip), 0, 0, index))
        sender.sendto(message, ("ff02::1", 0, 0, index))
