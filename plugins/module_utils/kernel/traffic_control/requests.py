# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to the kernel's traffic control, in the message classes of pyroute2."""

from __future__ import annotations

import functools
import socket
from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message, nest
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.recorded import RecordedDump
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import ADD, REPLACE

_RTM_NEWQDISC, _RTM_DELQDISC, _RTM_GETQDISC = 36, 37, 38
_RTM_NEWTFILTER, _RTM_DELTFILTER = 44, 45
ROOT, _INGRESS, _INGRESS_HANDLE = 0xFFFFFFFF, 0xFFFFFFF1, 0xFFFF0000
_ETHERNET = 1
_STOLEN, _REDIRECT_TO_EGRESS = 4, 1
_PRIORITY = 0x686E
_EVERY_PROTOCOL = 3
_EVERY_PACKET = "0x0/0x0+0"
_LARGEST = 2**32 - 1

DUMP = RecordedDump(_RTM_GETQDISC, lambda: _message([]), "24000000260001030100000000000000" + "00" * 20)


@dataclass(frozen=True)
class Request:
    """What is asked of the kernel: the number of the request, its `Message`, and its flags."""

    kind: int
    message: Message
    flags: int = 0


def send(session, request):
    """Have the kernel carry out a `Request`. Raises Refused."""
    session.request(request.kind, request.message, request.flags)


def token_bucket(index, bucket):
    """Put a `Bucket` at the root of a link, in place of what is there."""
    parameters = {"rate___reserved": _ETHERNET, "rate": min(bucket.rate, _LARGEST), "limit": bucket.limit}
    options = [
        ("TCA_TBF_PARMS", parameters),
        ("TCA_TBF_RATE64", bucket.rate if bucket.rate > _LARGEST else None),
        ("TCA_TBF_BURST", bucket.burst),
    ]
    attributes = [("TCA_KIND", "tbf"), ("TCA_OPTIONS", nest(options))]
    message = Message(_token_bucket_message(), attributes, index=index, handle=bucket.handle, parent=ROOT)
    return Request(_RTM_NEWQDISC, message, REPLACE)


def no_token_bucket(index, handle):
    """Take the token bucket of this number away."""
    return Request(_RTM_DELQDISC, _message([("TCA_KIND", "tbf")], index=index, handle=handle, parent=ROOT))


def ingress(index):
    """Give a link what filters for incoming packets hang from."""
    return Request(_RTM_NEWQDISC, _message([("TCA_KIND", "ingress")], **_ingress_of(index)), ADD)


def no_ingress(index):
    """Take that away, with its filters."""
    return Request(_RTM_DELQDISC, _message([], **_ingress_of(index)))


def redirection(index, target):
    """Send everything that comes in by a link out by another."""
    mirred = {"action": _STOLEN, "eaction": _REDIRECT_TO_EGRESS, "ifindex": target}
    action = nest([("TCA_ACT_KIND", "mirred"), ("TCA_ACT_OPTIONS", nest([("TCA_MIRRED_PARMS", mirred)]))])
    options = nest([("TCA_U32_SEL", {"keys": [_EVERY_PACKET]}), ("TCA_U32_ACT", nest([("TCA_ACT_PRIO_1", action)]))])
    return Request(_RTM_NEWTFILTER, _message([("TCA_KIND", "u32"), ("TCA_OPTIONS", options)], **_filter_of(index)), ADD)


def no_redirection(index):
    """Take that away."""
    return Request(_RTM_DELTFILTER, _message([], **_filter_of(index)))


def _ingress_of(index):
    return {"index": index, "handle": _INGRESS_HANDLE, "parent": _INGRESS}


def _filter_of(index):
    return {"index": index, "parent": _INGRESS_HANDLE, "info": _PRIORITY << 16 | socket.htons(_EVERY_PROTOCOL)}


def _message(attributes, **fields):
    from pyroute2.netlink.rtnl.tcmsg import tcmsg

    return Message(tcmsg, attributes, **fields)


@functools.cache
def _token_bucket_message():
    """Up to 0.9.7, pyroute2 has no attribute for rates above 34 Gbit/s, and none for a burst that is exact in bytes.

    Its own way to give a burst is in ticks of the kernel's clock, from which the kernel cannot find the bytes again.
    The classes are made anew and not from its own, whose attributes a class made from them keeps once they were used.
    """
    from pyroute2.netlink import nla, nlmsg
    from pyroute2.netlink.rtnl.tcmsg import sched_tbf, tcmsg

    class Options(nla):
        """The options of a token bucket, by the kernel's numbers."""

        nla_map = (
            ("TCA_TBF_UNSPEC", "none"),
            ("TCA_TBF_PARMS", "tbf_parms"),
            ("TCA_TBF_RTAB", "hex"),
            ("TCA_TBF_PTAB", "hex"),
            ("TCA_TBF_RATE64", "uint64"),
            ("TCA_TBF_PRATE64", "uint64"),
            ("TCA_TBF_BURST", "uint32"),
            ("TCA_TBF_PBURST", "uint32"),
        )
        tbf_parms = sched_tbf.options.tbf_parms

    class TokenBucket(nlmsg):
        """A message about a queueing discipline that is a token bucket."""

        fields = tcmsg.fields
        nla_map = (("TCA_UNSPEC", "none"), ("TCA_KIND", "asciiz"), ("TCA_OPTIONS", "token_bucket"))
        token_bucket = Options

    return TokenBucket
