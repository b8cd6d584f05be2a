# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tracked connections of the host, which outlive the rules that they were decided by.

Requests are pyroute2's, replies are read by `tracked_connections`.
"""

from __future__ import annotations

import errno
import functools

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import tcp_ends
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.host_addresses import HostAddresses
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.recorded import RecordedDump
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused, Session
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.tracked_connections import (
    FAMILIES,
    HEADER_SIZE,
    ID,
    ORIGINAL,
    flow_of,
    is_in_a_zone,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.connections import ENDED

_NETFILTER = 12
_GET, _DELETE = 0x101, 0x102
_NAMED_BY = {"CTA_TUPLE_ORIG": ORIGINAL, "CTA_ID": ID}


def _recorded(family):
    def message():
        from pyroute2.netlink.nfnetlink.nfctsocket import nfct_msg

        return Message(nfct_msg, nfgen_family=family)

    return RecordedDump(_GET, message, "14000000010101030100000000000000%02x000000" % family)


DUMPS = {version: _recorded(family) for version, family in FAMILIES.items()}
_NO_CONNTRACK = (errno.EINVAL, errno.EOPNOTSUPP, errno.EPROTONOSUPPORT)


def foresee(netlink, step):
    """Return what a `RedecideFlows` would do to the tracked connections of now, as a set.

    Raises:
        Refused: the kernel's reason.
    """
    session = Session(_NETFILTER)
    try:
        return {judged for judged, _flow, _body in _concerned(session, netlink, step)}
    finally:
        session.close()


def redecide(netlink, step):
    """Delete the tracked connections that a `RedecideFlows` concerns, so that the next packet is decided anew.

    Returns what became of them; see `foresee`.

    Of those that are refused now, the sockets at both ends are closed first, while the kernel's word to the other end
    still finds its way: a packet of TCP that belongs to no connection begins one, and so the end that may begin
    connections would go on.

    Raises:
        Refused: the kernel's reason.
    """
    session = Session(_NETFILTER)
    try:
        concerned = _concerned(session, netlink, step)
        if not step.after.asks_the_user:
            tcp_ends.close(netlink, [flow for judged, flow, _body in concerned if judged == ENDED])
        for _judged, _flow, body in concerned:
            _delete(session, body)
        return {judged for judged, _flow, _body in concerned}
    finally:
        session.close()


def _concerned(session, netlink, step):
    """Return (what becomes of it, flow, body) of each tracked connection that is not to go on as it is.

    A kernel that tracks no connections has none. Those of a zone are of somebody who keeps apart what has the same
    addresses, and in none that is ours.
    """
    host = HostAddresses(netlink.host, step.family)
    found = []

    def judge(body):
        flow = flow_of(body)
        judged = flow is not None and step.judged(flow, host)
        if judged and not is_in_a_zone(body):
            found.append((judged, flow, body))
        return False

    try:
        session.dump_recorded(DUMPS[step.family], judge)
    except OSError as error:
        if error.errno not in _NO_CONNTRACK:
            raise
    # A dump that was begun anew tells of the same connection twice.
    return list({body[HEADER_SIZE:]: (judged, flow, body) for judged, flow, body in found}.values())


def _delete(session, body):
    entry = wire_format.attributes(body, HEADER_SIZE)
    attributes = [(name, entry.get(number)) for name, number in _NAMED_BY.items()]
    try:
        session.request(_DELETE, Message(_name_message(), attributes, nfgen_family=body[0]))
    except Refused as error:
        if error.errno != errno.ENOENT:
            raise


@functools.cache
def _name_message():
    """The message that names a connection, by attributes that are handed back as the kernel gave them.

    In pyroute2's own they would have to be decoded and encoded again, which loses what it does not know of a protocol.
    """
    from pyroute2.netlink.nfnetlink import nfgen_msg
    from pyroute2.netlink.nfnetlink.nfctsocket import nfct_msg

    class Name(nfgen_msg):
        """A message about one connection."""

        nla_map = tuple((name, "cdata") for name, _kind in nfct_msg.nla_map)

    return Name
