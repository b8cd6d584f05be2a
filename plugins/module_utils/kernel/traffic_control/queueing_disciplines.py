# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of the kernel's traffic control: token buckets, and the redirection of what comes in.

They are encoded here, as the releases of pyroute2 in use know no bucket above 34 Gbit/s and no exact burst.
"""

from __future__ import annotations

import errno
import struct
from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import ADD, REPLACE, Refused

_RTM_NEWQDISC, _RTM_DELQDISC, _RTM_GETQDISC = 36, 37, 38
_RTM_NEWTFILTER, _RTM_DELTFILTER = 44, 45
_HEADER = struct.Struct("=BxHiIII")
_ROOT, _INGRESS, _INGRESS_HANDLE = 0xFFFFFFFF, 0xFFFFFFF1, 0xFFFF0000
_TCA_KIND, _TCA_OPTIONS = 1, 2
_TBF_PARMS, _TBF_RATE64, _TBF_BURST = 1, 4, 6
# A rate is (cell log, link layer, overhead, cell align, smallest packet, bytes per second).
_TBF = struct.Struct("=BBHhHI BBHhHI III")
_U32_SEL, _U32_ACT = 5, 7
_MATCH_ALL = struct.pack("=BBBx2sHhh4s", 1, 0, 1, bytes(2), 0, 0, 0, bytes(4)) + bytes(16)
_ACT_KIND, _ACT_OPTIONS, _MIRRED_PARMS = 1, 2, 2
_STOLEN, _REDIRECT_TO_EGRESS = 4, 1
_PRIORITY = 0x686E
_EVERY_PROTOCOL = struct.unpack("=H", struct.pack("!H", 3))[0]
_LARGEST = 2**32 - 1


@dataclass(frozen=True)
class Bucket:
    """A token bucket at the root of a link.

    Attributes:
        handle: the number of the queueing discipline, which is its maker's to choose.
        rate: bytes per second.
        burst: bytes that may pass at once.
        limit: bytes that may be held, as the kernel keeps them exactly.
    """

    handle: int
    rate: int
    burst: int
    limit: int


def dump(session):
    """Return (a dict from a link's number to its `Bucket`, the set of the links with an ingress). Raises Refused."""
    buckets, with_ingress = {}, set()
    for body in session.dump(_RTM_GETQDISC, _HEADER.pack(0, 0, 0, 0, 0, 0)):
        _family, _pad, index, handle, parent, _info = _HEADER.unpack_from(body)
        values = wire_format.attributes(body, _HEADER.size)
        kind = wire_format.text(values.get(_TCA_KIND))
        if kind == "ingress":
            with_ingress.add(index)
        if kind == "tbf" and parent == _ROOT:
            buckets[index] = _bucket(handle, wire_format.attributes(values[_TCA_OPTIONS]))
    return buckets, with_ingress


def set_bucket(session, index, bucket):
    """Put a token bucket at the root of a link. Raises Refused."""
    rate = min(bucket.rate, _LARGEST)
    parameters = _TBF.pack(*(0, 1, 0, 0, 0, rate), *(0, 0, 0, 0, 0, 0), bucket.limit, 0, 0)
    options = [(_TBF_PARMS, parameters), (_TBF_BURST, struct.pack("=I", bucket.burst))]
    if bucket.rate > _LARGEST:
        options.append((_TBF_RATE64, struct.pack("=Q", bucket.rate)))
    body = _HEADER.pack(0, 0, index, bucket.handle, _ROOT, 0) + _kind("tbf") + wire_format.nest(_TCA_OPTIONS, options)
    session.request(_RTM_NEWQDISC, body, REPLACE)


def remove_bucket(session, index, handle):
    """Take a token bucket of this number away, if it is there. Raises Refused."""
    _gone_is_fine(session, _RTM_DELQDISC, _HEADER.pack(0, 0, index, handle, _ROOT, 0) + _kind("tbf"))


def redirect_incoming(session, index, target):
    """Send all that comes in by a link through another link, from which it returns to the first. Raises Refused."""
    try:
        session.request(_RTM_NEWQDISC, _HEADER.pack(0, 0, index, _INGRESS_HANDLE, _INGRESS, 0) + _kind("ingress"), ADD)
    except Refused as error:
        if error.errno != errno.EEXIST:
            raise
    info = _PRIORITY << 16 | _EVERY_PROTOCOL
    header = _HEADER.pack(0, 0, index, 0, _INGRESS_HANDLE, info)
    _gone_is_fine(session, _RTM_DELTFILTER, header)
    mirred = struct.pack("=IIiiiiI", 0, 0, _STOLEN, 0, 0, _REDIRECT_TO_EGRESS, target)
    action = wire_format.nest(
        1, [(_ACT_KIND, b"mirred\0"), (_ACT_OPTIONS, wire_format.attribute(_MIRRED_PARMS, mirred))]
    )
    options = [(_U32_SEL, _MATCH_ALL), (_U32_ACT, action)]
    session.request(_RTM_NEWTFILTER, header + _kind("u32") + wire_format.nest(_TCA_OPTIONS, options), ADD)


def accept_incoming(session, index):
    """Take the redirection away, if it is there. Raises Refused."""
    _gone_is_fine(session, _RTM_DELQDISC, _HEADER.pack(0, 0, index, _INGRESS_HANDLE, _INGRESS, 0))


def _kind(name):
    return wire_format.attribute(_TCA_KIND, name.encode() + b"\0")


def _bucket(handle, options):
    parameters = _TBF.unpack_from(options[_TBF_PARMS])
    rate = wire_format.number(options.get(_TBF_RATE64), parameters[5])
    return Bucket(handle, rate, burst=0, limit=parameters[12])


def _gone_is_fine(session, kind, body):
    try:
        session.request(kind, body)
    except Refused as error:
        if error.errno not in (errno.ENOENT, errno.EINVAL, errno.ENODEV):
            raise
