# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of interfaces."""

from __future__ import annotations

import errno
import functools
import ipaddress
import os
import re
import socket
import struct

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict
from ansible_collections.hostnet.containers.plugins.module_utils.kernel import ownership_marks
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links.announcements import announce
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.recorded import RecordedDump
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import ADD, Refused
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Address

_RTM_NEWADDR, _RTM_DELADDR, _RTM_GETADDR = 20, 21, 22
_HEADER = struct.Struct("=BBBBi")
_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS, _IFA_PROTO = 1, 2, 8, 11
_NO_DUPLICATE_DETECTION, _PERMANENT = 0x02, 0x80
_SCOPE_GLOBAL, _SCOPE_LINK, _SCOPE_HOST = 0, 253, 254
_FIRST_WITH_PROTO = (5, 18)
_LATER_ATTRIBUTES = (("IFA_RT_PRIORITY", "uint32"), ("IFA_TARGET_NETNSID", "int32"), ("IFA_PROTO", "uint8"))


DUMP = RecordedDump(_RTM_GETADDR, lambda: Message(_message_class()), "180000001600010301000000000000000000000000000000")


def dump(session, every=False):
    """Return the addresses of the session's namespace: a dict from a link's number to a list of `Address`.

    Args:
        session: the `Session`.
        every: whether those that the kernel made are among them.
    """
    found = {}
    for body in session.dump_recorded(DUMP):
        family, prefix, flags, scope, index = _HEADER.unpack_from(body)
        values = wire_format.attributes(body, _HEADER.size)
        ours = _is_ours(values, wire_format.number(values.get(_IFA_FLAGS), flags), scope)
        if family in (socket.AF_INET, socket.AF_INET6) and (every or ours or not _made_by_kernel(family, scope)):
            packed = values.get(_IFA_LOCAL, values.get(_IFA_ADDRESS))
            interface = ipaddress.ip_interface((packed, prefix))
            found.setdefault(index, []).append(Address(interface, ours=ours))
    return found


def add(session, device, interface):
    """Add an address with our mark, usable at once. Raises Conflict if it is there already, Refused."""
    raw = links.require(session, device)
    try:
        session.request(_RTM_NEWADDR, _message(raw.index, interface), ADD)
    except Refused as error:
        if error.errno != errno.EEXIST:
            raise
        raise Conflict("%s already has the address %s, added by somebody else" % (device, interface)) from error
    present = dump(session).get(raw.index, ()) if interface.version == 4 else ()
    announce(session, raw, interface.ip, [item.interface.network for item in present if item.interface != interface])


def announce_all(session, device):
    """Tell the neighbours of a link its hardware address, for each of its addresses. Raises Refused."""
    raw = links.require(session, device)
    present = [item.interface for item in dump(session, every=True).get(raw.index, ())]
    for interface in present:
        announce(session, raw, interface.ip, [item.network for item in present if item != interface])


def add_of_host(session, index, interface):
    """Add an address that means the namespace itself, as every loopback interface has. Raises Refused."""
    message = _message(index, interface, scope=_SCOPE_HOST, mark=None)
    try:
        session.request(_RTM_NEWADDR, message, ADD)
    except Refused as error:
        if error.errno != errno.EEXIST:
            raise


def remove(session, device, interface):
    """Remove an address; one that is gone is no error. Raises Refused."""
    try:
        session.request(_RTM_DELADDR, _message(links.index_of(device), interface))
    except Refused as error:
        if error.errno not in (errno.EADDRNOTAVAIL, errno.ENODEV):
            raise


def _message(index, interface, scope=0, mark=ownership_marks.PROTOCOL):
    attributes = [
        ("IFA_LOCAL", str(interface.ip)),
        ("IFA_ADDRESS", str(interface.ip)),
        ("IFA_PROTO", mark),
    ]
    if interface.version == 6:
        attributes.append(("IFA_FLAGS", _NO_DUPLICATE_DETECTION))
    return Message(
        _message_class(),
        attributes,
        index=index,
        family=socket.AF_INET if interface.version == 4 else socket.AF_INET6,
        prefixlen=interface.network.prefixlen,
        scope=scope,
    )


@functools.cache
def _message_class():
    """The class of pyroute2; before 0.9 it lacks the attribute that marks our addresses, and its neighbours."""
    from pyroute2.netlink import nlmsg
    from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg

    known = [entry[0] for entry in ifaddrmsg.nla_map]
    if "IFA_PROTO" in known:
        return ifaddrmsg

    # An attribute's number is its place in the list. Not a subclass of theirs, which may share its compiled list.
    class MarkedAddress(nlmsg):
        prefix, fields, cacheinfo = ifaddrmsg.prefix, ifaddrmsg.fields, ifaddrmsg.cacheinfo
        nla_map = ifaddrmsg.nla_map + tuple(entry for entry in _LATER_ATTRIBUTES if entry[0] not in known)

    return MarkedAddress


def _made_by_kernel(family, scope):
    return family == socket.AF_INET6 and scope == _SCOPE_LINK


def _is_ours(values, flags, scope):
    """Before the kernel knew who added an address, every lasting one of a link of ours counts as ours."""
    if kernel_keeps_mark():
        return wire_format.number(values.get(_IFA_PROTO)) == ownership_marks.PROTOCOL
    return bool(flags & _PERMANENT) and scope == _SCOPE_GLOBAL


@functools.cache
def kernel_keeps_mark():
    """Tell whether the kernel stores who added an address."""
    release = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return release is not None and tuple(int(part) for part in release.groups()) >= _FIRST_WITH_PROTO
