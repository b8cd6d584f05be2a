# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which addresses are the host's own, and by which device it reaches the others."""

from __future__ import annotations

import functools
import ipaddress
import socket
import struct

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import addresses, links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.recorded import REQUEST
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused

_RTM_GETROUTE = 26
_ADDRESS = struct.Struct("=BBBBi")
_ROUTE = struct.Struct("=BBBBBBBBI")
_IFA_ADDRESS, _IFA_LOCAL, _RTA_OIF = 1, 2, 4
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_SIZES = {4: 4, 6: 16}
_LOOPBACK = 127
# Stands in a question for the address that is asked about.
_ANY = {4: "203.0.113.1", 6: "2001:db8:113::1"}


class HostAddresses:
    """The addresses of one family, as numbers. What was asked once is known.

    Args:
        session: the `Session` of the host.
        family: 4 or 6.
    """

    def __init__(self, session, family):
        self._session = session
        self._family = family
        self._own = _own(session, _FAMILIES[family])
        self._devices = {}

    def is_local(self, address):
        """Tell whether an address is the host's own."""
        return address in self._own or self._family == 4 and address >> 24 == _LOOPBACK

    def device_of(self, address):
        """Return the name of the only device that has an address of the host, None if there is none or are several."""
        indexes = self._own.get(address, ())
        return self._names.get(next(iter(indexes))) if len(indexes) == 1 else None

    def device_to(self, address):
        """Return the name of the device by which the host sends packets to an address, None if it cannot."""
        if address not in self._devices:
            self._devices[address] = self._asked(address)
        return self._devices[address]

    def _asked(self, address):
        before, after = self._question
        try:
            reply = self._session.get_encoded(before + address.to_bytes(_SIZES[self._family], "big") + after)
        except Refused:
            return None
        return self._names.get(wire_format.number(wire_format.attributes(reply, _ROUTE.size).get(_RTA_OIF)))

    @functools.cached_property
    def _names(self):
        return {index: raw.link.name for index, raw in links.dump(self._session).items()}

    @functools.cached_property
    def _question(self):
        """What comes before and after the address; made once, as there may be a hundred thousand to ask about."""
        from pyroute2.netlink.rtnl.rtmsg import rtmsg

        text, size = _ANY[self._family], _SIZES[self._family]
        message = Message(rtmsg, [("RTA_DST", text)], family=_FAMILIES[self._family], dst_len=size * 8)
        before, _address, after = message.encoded(_RTM_GETROUTE, REQUEST, 1).partition(
            ipaddress.ip_address(text).packed
        )
        return before, after


def _own(session, family):
    """Return a dict from each address of a family to the numbers of its devices."""
    found = {}
    for body in session.dump_recorded(addresses.DUMP):
        if body[0] == family:
            index = _ADDRESS.unpack_from(body)[4]
            values = wire_format.attributes(body, _ADDRESS.size)
            address = int.from_bytes(values.get(_IFA_LOCAL, values.get(_IFA_ADDRESS)), "big")
            found.setdefault(address, set()).add(index)
    return found
