# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits of veth pairs.

What goes to the container is limited where it leaves the host's end. What comes from it is sent through a helper, an
``ifb`` device, and limited there. The helper belongs to the host's end and is shown to nobody.
"""

from __future__ import annotations

import errno
import hashlib

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import (
    link_creation,
    link_settings,
    links,
    mark,
    pyroute,
    sysctls,
    traffic,
)
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.session import Refused
from ansible_collections.hostnet.containers.plugins.module_utils.state.host import Shaping

# Two numbers tell whether the burst was chosen by the user.
_OWN_BURST, _USERS_BURST = mark.GROUP << 16, mark.CONDEMNED_GROUP << 16
_LEAST_BURST = 16 * 1024
_BURSTS_PER_SECOND = 250
# Packets wait for up to a twentieth of a second before more are dropped.
_HELD_PER_SECOND = 20
_LARGEST_HELD = 2**31
_LARGEST = 2**32 - 1
_LINK_HEADER = 18


def helper_name(host_end):
    """Return the name of the device through which the packets from the container are sent."""
    return "ifb" + hashlib.sha256(host_end.encode()).hexdigest()[:8]


def is_helper(link):
    """Tell whether a link is such a device of ours."""
    return link.kind == "ifb" and link.ours


def observe(session, raw):
    """Read the limits of the host ends of ours.

    Args:
        session: the `Session` of the host.
        raw: what `links.dump` returned.

    Returns:
        tuple: a dict from host end to `Shaping`, and the names of the helpers that are of no use any more.
    """
    ends = [item for item in raw.values() if item.link.ours and item.link.kind == "veth"]
    helpers = {item.link.name: item for item in raw.values() if is_helper(item.link)}
    if not helpers and not any(item.qdisc == "tbf" for item in ends):
        return {}, ()
    buckets, with_ingress = traffic.dump(session)
    buckets = {index: bucket for index, bucket in buckets.items() if bucket.handle in (_OWN_BURST, _USERS_BURST)}
    found, used = {}, set()
    for item in ends:
        helper = helpers.get(helper_name(item.link.name))
        outgoing = buckets.get(item.index)
        incoming = buckets.get(helper.index) if helper is not None and item.index in with_ingress else None
        if incoming is not None:
            used.add(helper.link.name)
        if outgoing is not None or incoming is not None:
            burst = _burst(outgoing or incoming, item.link.mtu)
            found[item.link.name] = Shaping(_rate(outgoing), _rate(incoming), burst)
    return found, tuple(name for name in helpers if name not in used)


def shape(netlink, step):
    """Limit a veth pair, or take its limits away. Raises Refused."""
    session, shaping = netlink.host, step.shaping
    raw = links.require(session, step.name)
    if shaping.rate_to_container:
        traffic.set_bucket(session, raw.index, _bucket(shaping.rate_to_container, shaping.burst, raw.link.mtu))
    else:
        _remove_buckets(session, raw.index)
    if shaping.rate_from_container:
        _limit_incoming(session, raw, _bucket(shaping.rate_from_container, shaping.burst, raw.link.mtu))
    else:
        traffic.accept_incoming(session, raw.index)
        remove_helper(session, helper_name(step.name))


def remove_helper(session, name):
    """Delete a helper, if it is there. Raises Refused."""
    raw = links.find(session, name)
    if raw is not None and is_helper(raw.link):
        session.request(links.RTM_DELLINK, pyroute.link([], index=raw.index))


def remove_leftovers(session, names):
    """Delete helpers that an interrupted run left, and what still leads to them. Raises Refused."""
    for raw in links.dump(session).values():
        if raw.link.ours and raw.link.kind == "veth" and helper_name(raw.link.name) in names:
            traffic.accept_incoming(session, raw.index)
    for name in names:
        remove_helper(session, name)


def _limit_incoming(session, raw, bucket):
    """The bucket comes last: where it is, all the rest is."""
    name = helper_name(raw.link.name)
    helper = links.find(session, name)
    if helper is None:
        link_creation.add(session, "ifb", name, [])
        helper = links.require(session, name)
    elif not is_helper(helper.link):
        raise Refused(errno.EEXIST, "%s exists and is not of this collection" % name)
    sysctls.write(session, sysctls.key("ipv6", name, "disable_ipv6"), "1", implied=True)
    link_settings.set_link(session, helper.index, alias=mark.alias_of(raw.link.owner), up=True)
    traffic.redirect_incoming(session, raw.index, helper.index)
    traffic.set_bucket(session, helper.index, bucket)


def _remove_buckets(session, index):
    for handle in (_OWN_BURST, _USERS_BURST):
        traffic.remove_bucket(session, index, handle)


def _bucket(rate, burst, mtu):
    """Make a bucket that a packet fits in. Its limit keeps the burst to the byte; the kernel rounds the burst."""
    per_second = rate // 8
    wanted = burst or _default_burst(per_second)
    return traffic.Bucket(
        handle=_USERS_BURST if burst else _OWN_BURST,
        rate=per_second,
        burst=max(wanted, mtu + _LINK_HEADER),
        limit=min(_held(per_second, mtu) + wanted, _LARGEST),
    )


def _rate(bucket):
    return None if bucket is None else bucket.rate * 8


def _burst(bucket, mtu):
    return bucket.limit - _held(bucket.rate, mtu) if bucket.handle == _USERS_BURST else None


def _default_burst(per_second):
    return max(per_second // _BURSTS_PER_SECOND, _LEAST_BURST)


def _held(per_second, mtu):
    return min(max(per_second // _HELD_PER_SECOND, mtu + _LINK_HEADER), _LARGEST_HELD)
