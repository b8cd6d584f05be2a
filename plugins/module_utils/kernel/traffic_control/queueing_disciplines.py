# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Token buckets, and the redirection of what comes in, as the kernel keeps them.

Requests are pyroute2's. Replies have a decoder of our own, since every run on a host with limits reads all of them and
mostly changes nothing: of 3,000 queueing disciplines (1,000 pairs, limited both ways) it makes sense in 0.05 s, and
pyroute2, which decodes their statistics as well, in 0.63 s (0.9.7) to 0.94 s (0.7.2), beside the time of its import.
"""

from __future__ import annotations

import errno
import struct
from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.traffic_control import requests

_HEADER = struct.Struct("=BxHiIII")
_TCA_KIND, _TCA_OPTIONS = 1, 2
_TBF_PARMS, _TBF_RATE64 = 1, 4
_TBF = struct.Struct("=BBHhHI BBHhHI III")
_RATE, _LIMIT = 5, 12


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
    for body in session.dump_recorded(requests.DUMP):
        _family, _pad, index, handle, parent, _info = _HEADER.unpack_from(body)
        values = wire_format.attributes(body, _HEADER.size)
        kind = wire_format.text(values.get(_TCA_KIND))
        if kind == "ingress":
            with_ingress.add(index)
        if kind == "tbf" and parent == requests.ROOT:
            buckets[index] = _bucket(handle, wire_format.attributes(values[_TCA_OPTIONS]))
    return buckets, with_ingress


def set_bucket(session, index, bucket):
    """Put a token bucket at the root of a link. Raises Refused."""
    requests.send(session, requests.token_bucket(index, bucket))


def remove_bucket(session, index, handle):
    """Take a token bucket of this number away, if it is there. Raises Refused."""
    _gone_is_fine(session, requests.no_token_bucket(index, handle))


def redirect_incoming(session, index, target):
    """Send all that comes in by a link through another link, from which it returns to the first. Raises Refused."""
    try:
        requests.send(session, requests.ingress(index))
    except Refused as error:
        if error.errno != errno.EEXIST:
            raise
    _gone_is_fine(session, requests.no_redirection(index))
    requests.send(session, requests.redirection(index, target))


def accept_incoming(session, index):
    """Take the redirection away, if it is there. Raises Refused."""
    _gone_is_fine(session, requests.no_ingress(index))


def _bucket(handle, options):
    parameters = _TBF.unpack_from(options[_TBF_PARMS])
    rate = wire_format.number(options.get(_TBF_RATE64), parameters[_RATE])
    return Bucket(handle, rate, burst=0, limit=parameters[_LIMIT])


def _gone_is_fine(session, request):
    try:
        requests.send(session, request)
    except Refused as error:
        if error.errno not in (errno.ENOENT, errno.EINVAL, errno.ENODEV):
            raise
