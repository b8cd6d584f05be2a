# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading links: what the kernel tells of an interface."""

from __future__ import annotations

import errno
import struct
from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import ownership_marks
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import BridgeSettings, Link, PortSettings

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK = 16, 17, 18
_HEADER = struct.Struct("=BxHiII")
_UP = 1
_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_LINK, _IFLA_QDISC, _IFLA_MASTER = 1, 3, 4, 5, 6, 10
_IFLA_LINKINFO, _IFLA_IFALIAS, _IFLA_GROUP, _IFLA_EXT_MASK, _IFLA_LINK_NETNSID = 18, 20, 27, 29, 37
_IFLA_PROP_LIST, _IFLA_ALT_IFNAME = 52, 53
_INFO_KIND, _INFO_DATA, _INFO_SLAVE_KIND, _INFO_SLAVE_DATA = 1, 2, 4, 5
_BR_FORWARD_DELAY, _BR_AGEING_TIME, _BR_STP_STATE, _BR_VLAN_FILTERING, _BR_MCAST_SNOOPING = 1, 4, 5, 7, 23
_BRPORT_MODE, _BRPORT_ISOLATED = 4, 33
# Counters are four fifths of a reply, and nobody needs them here.
_SKIP_STATISTICS = wire_format.attribute(_IFLA_EXT_MASK, struct.pack("=I", 8))
_HUNDREDTHS = 100


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


def dump(session):
    """Return every link of the session's namespace as a dict from its number to `RawLink`."""
    bodies = session.dump(RTM_GETLINK, _HEADER.pack(0, 0, 0, 0, 0) + _SKIP_STATISTICS)
    return {raw.index: raw for raw in map(_read, bodies)}


def find(session, name):
    """Return the `RawLink` of an interface by its name, or None."""
    encoded = wire_format.attribute(_IFLA_IFNAME, name.encode() + b"\0")
    body = session.get(RTM_GETLINK, _HEADER.pack(0, 0, 0, 0, 0) + encoded + _SKIP_STATISTICS)
    return None if body is None else _read(body)


def require(session, name):
    """Return the `RawLink` of an interface. Raises Refused if there is none."""
    raw = find(session, name)
    if raw is None:
        raise Refused(errno.ENODEV, "there is no interface %s" % name)
    return raw


def _read(body):
    _family, _type, index, flags, _change = _HEADER.unpack_from(body)
    found = wire_format.attributes(body, _HEADER.size)
    info = wire_format.attributes(found.get(_IFLA_LINKINFO, b""))
    kind = wire_format.text(info.get(_INFO_KIND)) or ""
    group = wire_format.number(found.get(_IFLA_GROUP), 0)
    owner = ownership_marks.owner_of(wire_format.text(found.get(_IFLA_IFALIAS)))
    half_made = owner is None and group in (ownership_marks.GROUP, ownership_marks.CONDEMNED_GROUP)
    complete = not half_made and group != ownership_marks.CONDEMNED_GROUP
    master = wire_format.number(found.get(_IFLA_MASTER), 0)
    link = Link(
        name=wire_format.text(found[_IFLA_IFNAME]),
        kind=kind,
        owner=ownership_marks.DEFAULT_OWNER if half_made else owner,
        complete=complete,
        mac=found[_IFLA_ADDRESS].hex(":") if len(found.get(_IFLA_ADDRESS, b"")) == 6 else None,
        mtu=wire_format.number(found.get(_IFLA_MTU)),
        up=bool(flags & _UP),
        enslaved=bool(master) and _has_member_name(found.get(_IFLA_PROP_LIST, b"")),
        bridge=_bridge_settings(info.get(_INFO_DATA, b"")) if kind == "bridge" else None,
        port=_port_settings(info),
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


def _has_member_name(properties):
    names = [wire_format.text(value) for kind, value in wire_format.pairs(properties) if kind == _IFLA_ALT_IFNAME]
    return any(map(ownership_marks.is_member_name, names))


def _bridge_settings(data):
    found = wire_format.attributes(data)
    return BridgeSettings(
        stp=bool(wire_format.number(found.get(_BR_STP_STATE), 0)),
        forward_delay=_seconds(wire_format.number(found.get(_BR_FORWARD_DELAY), 0)),
        ageing_time=_seconds(wire_format.number(found.get(_BR_AGEING_TIME), 0)),
        vlan_filtering=bool(wire_format.number(found.get(_BR_VLAN_FILTERING), 0)),
        multicast_snooping=bool(wire_format.number(found.get(_BR_MCAST_SNOOPING), 0)),
    )


def _seconds(hundredths):
    """Whole seconds as an integer, so that they equal declared ones; others as they are."""
    return hundredths / _HUNDREDTHS if hundredths % _HUNDREDTHS else hundredths // _HUNDREDTHS


def _port_settings(info):
    if wire_format.text(info.get(_INFO_SLAVE_KIND)) != "bridge":
        return None
    found = wire_format.attributes(info.get(_INFO_SLAVE_DATA, b""))
    return PortSettings(
        hairpin=bool(wire_format.number(found.get(_BRPORT_MODE), 0)),
        isolated=bool(wire_format.number(found.get(_BRPORT_ISOLATED), 0)),
    )
