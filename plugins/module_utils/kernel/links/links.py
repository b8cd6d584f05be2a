# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading links: what the kernel tells of an interface."""

from __future__ import annotations

import errno
import functools
import socket
import struct
from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import ownership_marks
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import attributes
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.recorded import RecordedDump
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Link

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK = 16, 17, 18
_HEADER = struct.Struct("=BxHiII")
_UP = 1
_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_LINK, _IFLA_QDISC, _IFLA_MASTER = 1, 3, 4, 5, 6, 10
_IFLA_LINKINFO, _IFLA_IFALIAS, _IFLA_GROUP, _IFLA_LINK_NETNSID = 18, 20, 27, 37
_IFLA_PROP_LIST, _IFLA_ALT_IFNAME = 52, 53
_INFO_KIND, _INFO_DATA, _INFO_SLAVE_KIND, _INFO_SLAVE_DATA = 1, 2, 4, 5
_FIRST_LATER = 45
_LATER_ATTRIBUTES = (("IFLA_BR_VLAN_STATS_PER_PORT", "uint8"), ("IFLA_BR_MULTI_BOOLOPT", "cdata"))
# Counters are four fifths of a reply, and nobody needs them here.
_SKIP_STATISTICS = 8


@dataclass(frozen=True)
class RawLink:
    """A link as the kernel describes it, with the numbers that connect it to others.

    Attributes:
        link: the `Link`, without its master's name, its addresses and its other end.
        index: the kernel's number of it.
        other: the number of a veth's other end, in that end's namespace.
        other_netns: the number that this namespace has for that of the other end; None if it is this one.
        master: the number of the bridge it is a port of; 0 for none.
        group: its device group.
        qdisc: the kind of queueing discipline at its root.
    """

    link: Link
    index: int
    other: int
    other_netns: int
    master: int
    group: int
    qdisc: str


def message(attributes=(), **fields):
    """Return a `Message` about a link."""
    return Message(_message_class(), attributes, **fields)


@functools.cache
def _message_class():
    """The class of pyroute2, which learns by its own registry what it lacks of bridges."""
    from pyroute2.netlink import nla
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

    known = ifinfmsg.ifinfo.data_map["bridge"]

    # An attribute's number is its place in the list. Not a subclass of theirs, which may share its compiled list.
    class BridgeData(nla):
        prefix, br_id = known.prefix, known.br_id
        nla_map = tuple(known.nla_map[:_FIRST_LATER]) + _LATER_ATTRIBUTES

    ifinfmsg.ifinfo.data_map["bridge"] = BridgeData
    return ifinfmsg


DUMP = RecordedDump(
    RTM_GETLINK,
    lambda: message([("IFLA_EXT_MASK", _SKIP_STATISTICS)]),
    "280000001200010301000000000000000000000000000000000000000000000008001d0008000000",
)


def dump(session):
    """Return every link of the session's namespace as a dict from its number to `RawLink`."""
    return {raw.index: raw for raw in map(read, session.dump_recorded(DUMP))}


def find(session, name):
    """Return the `RawLink` of an interface by its name, or None."""
    body = session.get(RTM_GETLINK, message([("IFLA_IFNAME", name), ("IFLA_EXT_MASK", _SKIP_STATISTICS)]))
    return None if body is None else read(body)


def require(session, name):
    """Return the `RawLink` of an interface. Raises Refused if there is none."""
    raw = find(session, name)
    if raw is None:
        raise _missing(name)
    return raw


def index_of(name):
    """Return the number of an interface of the calling thread's namespace. Raises Refused if there is none."""
    try:
        return socket.if_nametoindex(name)
    except OSError as error:
        raise _missing(name) from error


def _missing(name):
    return Refused(errno.ENODEV, "there is no interface %s" % name)


def read(body):
    """Return the `RawLink` that a message tells of, from the message without its netlink header."""
    _family, _type, index, flags, _change = _HEADER.unpack_from(body)
    found = wire_format.attributes(body, _HEADER.size)
    info = wire_format.attributes(found.get(_IFLA_LINKINFO, b""))
    kind = wire_format.text(info.get(_INFO_KIND)) or ""
    group = wire_format.number(found.get(_IFLA_GROUP), 0)
    alias = wire_format.text(found.get(_IFLA_IFALIAS))
    owner = ownership_marks.owner_of(alias)
    half_made = owner is None and group in (ownership_marks.GROUP, ownership_marks.CONDEMNED_GROUP)
    complete = not half_made and group != ownership_marks.CONDEMNED_GROUP
    master = wire_format.number(found.get(_IFLA_MASTER), 0)
    altnames = _other_names(found.get(_IFLA_PROP_LIST, b""))
    link = Link(
        name=wire_format.text(found[_IFLA_IFNAME]),
        kind=kind,
        owner=ownership_marks.DEFAULT_OWNER if half_made else owner,
        complete=complete,
        mac=found[_IFLA_ADDRESS].hex(":") if len(found.get(_IFLA_ADDRESS, b"")) == 6 else None,
        mtu=wire_format.number(found.get(_IFLA_MTU)),
        up=bool(flags & _UP),
        enslaved=bool(master) and any(map(ownership_marks.is_member_name, altnames)),
        altnames=altnames,
        settings=attributes.read(attributes.INTERFACE, found),
        bridge=_settings(attributes.BRIDGE, info.get(_INFO_DATA)) if kind == "bridge" else None,
        port=_settings(attributes.PORT, info.get(_INFO_SLAVE_DATA)) if _is_port(info) else None,
        chosen=ownership_marks.chosen_of(alias) if _is_port(info) and owner is not None else {},
        index=index,
    )
    return RawLink(
        link,
        index,
        other=wire_format.number(found.get(_IFLA_LINK), 0),
        other_netns=wire_format.number(found.get(_IFLA_LINK_NETNSID)),
        master=master,
        group=group,
        qdisc=wire_format.text(found.get(_IFLA_QDISC)),
    )


def _other_names(properties):
    return tuple(wire_format.text(value) for kind, value in wire_format.pairs(properties) if kind == _IFLA_ALT_IFNAME)


def _settings(rows, data):
    return attributes.read(rows, wire_format.attributes(data or b""))


def _is_port(info):
    return wire_format.text(info.get(_INFO_SLAVE_KIND)) == "bridge"
