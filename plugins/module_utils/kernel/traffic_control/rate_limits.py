# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits of veth pairs.

What goes to the container is limited where it leaves the host's end. What comes from it is sent through a helper, an
``ifb`` device, and limited there. The helper belongs to the host's end and is shown to nobody.
"""

from __future__ import annotations

import errno
import hashlib

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import ownership_marks, sysctls
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import link_creation, link_settings, links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.traffic_control import (
    queueing_disciplines,
    token_buckets,
)
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Shaping


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
    all_buckets, with_ingress = queueing_disciplines.dump(session)
    ours = {index: bucket for index, bucket in all_buckets.items() if bucket.handle in token_buckets.HANDLES}
    found, used = {}, set()
    for item in ends:
        helper = helpers.get(helper_name(item.link.name))
        outgoing = ours.get(item.index)
        incoming = ours.get(helper.index) if helper is not None and item.index in with_ingress else None
        if incoming is not None:
            used.add(helper.link.name)
        if outgoing is not None or incoming is not None:
            burst = token_buckets.burst_of(outgoing or incoming, item.link.mtu)
            found[item.link.name] = Shaping(token_buckets.rate_of(outgoing), token_buckets.rate_of(incoming), burst)
    return found, tuple(name for name in helpers if name not in used)


def shape(netlink, step):
    """Limit a veth pair, or take its limits away. Raises Refused."""
    session, limits = netlink.host, step.shaping
    raw = links.require(session, step.name)
    if limits.rate_to_container:
        bucket = token_buckets.bucket_for(limits.rate_to_container, limits.burst, raw.link.mtu)
        queueing_disciplines.set_bucket(session, raw.index, bucket)
    else:
        _remove_buckets(session, raw.index)
    if limits.rate_from_container:
        _limit_incoming(session, raw, token_buckets.bucket_for(limits.rate_from_container, limits.burst, raw.link.mtu))
    else:
        _accept_incoming(session, raw)


def remove_helper(session, name):
    """Delete a helper, if it is there. Raises Refused."""
    raw = links.find(session, name)
    if raw is not None and is_helper(raw.link):
        session.request(links.RTM_DELLINK, links.message(index=raw.index))


def remove_leftovers(session, names):
    """Delete helpers that an interrupted run left, and what still leads to them. Raises Refused."""
    for raw in links.dump(session).values():
        if raw.link.ours and raw.link.kind == "veth" and helper_name(raw.link.name) in names:
            queueing_disciplines.accept_incoming(session, raw.index)
    for name in names:
        remove_helper(session, name)


def _limit_incoming(session, raw, bucket):
    """The bucket comes last: where it is, all the rest is."""
    try:
        helper = _helper(session, raw.link)
        queueing_disciplines.redirect_incoming(session, raw.index, helper.index)
        queueing_disciplines.set_bucket(session, helper.index, bucket)
    except Refused:
        _accept_incoming(session, raw)
        raise


def _accept_incoming(session, raw):
    queueing_disciplines.accept_incoming(session, raw.index)
    remove_helper(session, helper_name(raw.link.name))


def _helper(session, host_end):
    """Return the helper of a host's end as a `RawLink`, made if need be."""
    name = helper_name(host_end.name)
    if links.find(session, name) is None:
        link_creation.add(session, "ifb", name, [])
    helper = links.require(session, name)
    if not is_helper(helper.link):
        raise Refused(errno.EEXIST, "%s exists and is not of this collection" % name)
    sysctls.write(session, sysctls.key("ipv6", name, "disable_ipv6"), "1", implied=True)
    link_settings.set_link(session, helper.index, alias=ownership_marks.alias_of(host_end.owner), up=True)
    return helper


def _remove_buckets(session, index):
    for handle in token_buckets.HANDLES:
        queueing_disciplines.remove_bucket(session, index, handle)
