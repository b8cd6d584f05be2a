# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which addresses are the host's own, and by which device it reaches the others."""

from __future__ import annotations

import functools
import ipaddress
import socket
import struct

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import addresses, links, neighbours
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.recorded import REQUEST
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.routing import rules

_RTM_GETROUTE = 26
_ADDRESS = struct.Struct("=BBBBi")
_ROUTE = struct.Struct("=BBBBBBBBI")
_IFA_ADDRESS, _IFA_LOCAL, _RTA_OIF = 1, 2, 4
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_SIZES = {4: 4, 6: 16}
_LOOPBACK = 127
# The first ten bits of a link-local address of IPv6.
LINK_LOCAL = 0xFE80 >> 6
# Those that every host asks: default, main and local.
_USUAL_TABLES = {253, 254, 255}
# What stands in a question for the address that is asked about, and for the source.
_STAND_INS = {4: ("203.0.113.1", "203.0.113.2"), 6: ("2001:db8:113::1", "2001:db8:113::2")}


class HostAddresses:
    """The addresses of one family, as numbers. What was asked once is known.

    Args:
        session: the `Session` of the host.
        family: 4 or 6.
    """

    def __init__(self, session, family):
        self._session = session
        self._family = family
        self._own = own_addresses(session, family)
        self._devices = {}
        self._questions = {}

    def is_local(self, address):
        """Tell whether an address is the host's own."""
        return address in self._own or self._family == 4 and address >> 24 == _LOOPBACK

    def device_beside(self, neighbour, address):
        """Return the name of the device that a link-local neighbour is at who talks to an address of the host.

        It is the only one that has the address, or, if several have it, such as ``fe80::1``, the only one where the
        host has heard of the neighbour. None if that does not tell, either.
        """
        indexes = self._own.get(address, ())
        if address >> 118 == LINK_LOCAL and len(indexes) == 1:
            return self._names.get(next(iter(indexes)))
        devices = self._neighbours.get(neighbour, ())
        return next(iter(devices)) if len(devices) == 1 else None

    def device_to(self, address, source=None, came_by=None):
        """Return the name of the device by which the host sends packets to an address, None if it cannot.

        Args:
            address: where to.
            source: from whom; it counts on a host whose routing rules ask for more than where to.
            came_by: the device that they come by; None for those of the host itself.
        """
        exact = came_by in self._indexes and self._is_ruled
        asked = (address, source, came_by) if exact else address
        if asked not in self._devices:
            self._devices[asked] = self._answer(address, source, came_by) if exact else self._answer(address)
        return self._devices[asked]

    def _answer(self, address, source=None, came_by=None):
        if came_by not in self._questions:
            self._questions[came_by] = self._question(came_by)
        before, between, after = self._questions[came_by]
        try:
            reply = self._session.get_encoded(before + self._packed(address) + between + self._packed(source) + after)
        except Refused:
            # Where the kernel would not take such a packet in, it still tells where others go.
            return None if came_by is None else self._answer(address)
        return self._names.get(wire_format.number(wire_format.attributes(reply, _ROUTE.size).get(_RTA_OIF)))

    def _question(self, came_by):
        """What comes before, between and after the addresses; there may be a hundred thousand to ask about."""
        from pyroute2.netlink.rtnl.rtmsg import rtmsg

        to, source = _STAND_INS[self._family]
        bits = 8 * _SIZES[self._family]
        attributes, fields = [("RTA_DST", to)], {"family": _FAMILIES[self._family], "dst_len": bits}
        if came_by is not None:
            attributes += [("RTA_SRC", source), ("RTA_IIF", self._indexes[came_by])]
            fields["src_len"] = bits
        encoded = Message(rtmsg, attributes, **fields).encoded(_RTM_GETROUTE, REQUEST, 1)
        before, _to, rest = encoded.partition(ipaddress.ip_address(to).packed)
        between, _source, after = rest.partition(ipaddress.ip_address(source).packed)
        return before, between, after

    def _packed(self, address):
        return b"" if address is None else address.to_bytes(_SIZES[self._family], "big")

    @functools.cached_property
    def _neighbours(self):
        found = {}
        for item in neighbours.dump(self._session, self._names):
            found.setdefault(int(item.ip), set()).add(item.device)
        return found

    @functools.cached_property
    def _names(self):
        return {index: raw.link.name for index, raw in links.dump(self._session).items()}

    @functools.cached_property
    def _indexes(self):
        return {name: index for index, name in self._names.items()}

    @functools.cached_property
    def _is_ruled(self):
        """Whether more than the destination decides about a route."""
        tables = [rules.table_of(body) for body in self._session.dump_recorded(rules.DUMP) if self._is_mine(body)]
        return not set(tables) <= _USUAL_TABLES

    def _is_mine(self, body):
        return body[0] == _FAMILIES[self._family]


def own_addresses(session, family):
    """Return a dict from each address of a family, as a number, to the numbers of its devices.

    Args:
        session: the `Session` of a namespace.
        family: 4 or 6.
    """
    found = {}
    for body in session.dump_recorded(addresses.DUMP):
        if body[0] == _FAMILIES[family]:
            index = _ADDRESS.unpack_from(body)[4]
            values = wire_format.attributes(body, _ADDRESS.size)
            address = int.from_bytes(values.get(_IFA_LOCAL, values.get(_IFA_ADDRESS)), "big")
            found.setdefault(address, set()).add(index)
    return found
