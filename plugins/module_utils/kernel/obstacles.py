# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clearing the way inside a namespace of ours. What is gone already is no error: its owner may be at work."""

from __future__ import annotations

import errno

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import addresses, link_settings, links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import nest
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.other_ends import LOOPBACK
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.routing import routes, rules

_RTM_DELLINKPROP = 109
_GONE = (errno.ENODEV, errno.ENOENT, errno.ESRCH, errno.EADDRNOTAVAIL)
# The kernel puts a free number in its place.
_ANY_NAME = "was%d"


def clear_interface(session, name):
    """Remove an interface, or, since there are some that the kernel does not remove, rename it. Raises Refused."""
    raw = links.find(session, name)
    if raw is None:
        return
    try:
        session.request(links.RTM_DELLINK, links.message(index=raw.index))
    except Refused as error:
        if error.errno not in (*_GONE, errno.EOPNOTSUPP, errno.EINVAL, errno.EPERM, errno.EBUSY):
            raise
    raw = links.find(session, name)
    if raw is not None:
        link_settings.set_link(session, raw.index, up=False)
        _rename(session, raw.index, _ANY_NAME)


def clear_other_name(session, device, name):
    """Take a further name from an interface. Raises Refused."""
    raw = links.find(session, device)
    if raw is not None:
        properties = [("IFLA_PROP_LIST", nest([("IFLA_ALT_IFNAME", name)]))]
        _unless_gone(session.request, _RTM_DELLINKPROP, links.message(properties, index=raw.index))


def clear_route(session, body):
    """Remove the route of a message of a dump. Raises Refused."""
    _unless_gone(session.request_body, routes.RTM_DELROUTE, body)


def clear_rule(session, body):
    """Remove the rule of a message of a dump. Raises Refused."""
    _unless_gone(session.request_body, rules.RTM_DELRULE, body)


def rename_loopback(session, _name):
    """Give the loopback interface its name back; kernels before 6.2 rename only what is down. Raises Refused."""
    raw = links.dump(session)[LOOPBACK]
    if raw.link.up:
        link_settings.set_link(session, LOOPBACK, up=False)
    _rename(session, LOOPBACK, "lo")
    if raw.link.up:
        link_settings.set_link(session, LOOPBACK, up=True)


def restore_loopback(session, wanted):
    """The kernel gives the loopback interface its addresses when it comes up, unless it has others. Raises Refused."""
    link_settings.set_link(session, LOOPBACK, up=False)
    link_settings.set_link(session, LOOPBACK, up=True)
    for interface in wanted:
        addresses.add_of_host(session, LOOPBACK, interface)


def _rename(session, index, name):
    session.request(links.RTM_NEWLINK, links.message([("IFLA_IFNAME", name)], index=index))


def _unless_gone(request, kind, message):
    try:
        request(kind, message)
    except Refused as error:
        if error.errno not in _GONE:
            raise
