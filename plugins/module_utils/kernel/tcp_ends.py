# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Closing the sockets at the ends of connections of TCP, on the host and in its namespaces.

The kernel tells the other end, which may be anywhere. A kernel without CONFIG_INET_DIAG_DESTROY closes none.
"""

from __future__ import annotations

import errno
import socket
import struct

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.host_addresses import LINK_LOCAL, own_addresses
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces import namespaces
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused, Session

_SOCK_DIAG, _BY_FAMILY, _DESTROY = 4, 20, 21
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_TCP, _LISTEN, _LOOPBACK = 6, 10, 127
_ANY = (1 << 64) - 1
# The state, and behind what was asked for the cookie, which is of this one socket.
_REPLY = struct.Struct("=xB42xQ")
_NOT_DONE = (errno.ENOENT, errno.EOPNOTSUPP, errno.EINVAL)


def close(netlink, flows):
    """Close the sockets at both ends of flows, as far as these are on this host."""
    ends = {}
    for flow in flows:
        if flow.protocol == "tcp":
            began = flow.source, flow.source_port, flow.destination, flow.port
            answers = flow.led_to, flow.led_to_port, flow.seen_as, flow.seen_as_port
            for end in (began, answers):
                ends.setdefault((flow.family, end[0]), []).append(end)
    if not ends:
        return
    _close_here(netlink.host, ends)
    for name, found in namespaces.names().items():
        if not found.debris:
            try:
                netlink.inside(name, _close_here, ends)
            except OSError:
                continue


def _close_here(session, ends):
    here = []
    for family in {family for family, _address in ends}:
        own = own_addresses(session, family)
        for address in [address for number, address in ends if number == family]:
            if address in own or family == 4 and address >> 24 == _LOOPBACK:
                # A socket with a link-local address belongs to the interface that has it.
                interfaces = own[address] if family == 6 and address >> 118 == LINK_LOCAL else (0,)
                here += [(family, end, interface) for end in ends[family, address] for interface in interfaces]
    if not here:
        return
    sockets = Session(_SOCK_DIAG)
    try:
        for family, end, interface in here:
            _close_one(sockets, family, end, interface)
    finally:
        sockets.close()


def _close_one(sockets, family, end, interface):
    """Ask first: where there is no such connection, the kernel hands out the socket that listens on the port."""
    try:
        body = sockets.get(_BY_FAMILY, _question(family, end, interface))
        if body is None:
            return
        state, cookie = _REPLY.unpack_from(body)
        if state != _LISTEN:
            sockets.request(_DESTROY, _question(family, end, interface, cookie))
    except Refused as error:
        if error.errno not in _NOT_DONE:
            raise


def _question(family, end, interface, cookie=_ANY):
    from pyroute2.netlink.diag import inet_diag_req

    address, port, remote, remote_port = end
    return Message(
        inet_diag_req,
        sdiag_family=_FAMILIES[family],
        sdiag_protocol=_TCP,
        idiag_states=0xFFFFFFFF,
        idiag_sport=port,
        idiag_dport=remote_port,
        idiag_src=_words(family, address),
        idiag_dst=_words(family, remote),
        idiag_if=interface,
        idiag_cookie=cookie,
    )


def _words(family, address):
    if family == 4:
        return (address, 0, 0, 0)
    return tuple(address >> shift & 0xFFFFFFFF for shift in (96, 64, 32, 0))
