# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of links: sending those that differ, and checking that the kernel took them.

The kernel acknowledges, and pyroute2 drops in silence, what they do not know. So nothing counts as set until it has
been read back.
"""

from __future__ import annotations

import errno

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.session import Refused

_HUNDREDTHS = 100
_BRIDGE = {
    "stp": ("br_stp_state", int),
    "forward_delay": ("br_forward_delay", lambda seconds: int(seconds * _HUNDREDTHS)),
    "ageing_time": ("br_ageing_time", lambda seconds: int(seconds * _HUNDREDTHS)),
    "vlan_filtering": ("br_vlan_filtering", int),
    "multicast_snooping": ("br_mcast_snooping", int),
}
_PORT = {"hairpin": ("mode", int), "isolated": ("isolated", int)}


def set_bridge(session, name, before, after):
    """Send what differs between two `BridgeSettings`. Raises Refused."""
    _set(session, name, "bridge", _BRIDGE, before, after)


def set_port(session, name, before, after):
    """Send what differs between two `PortSettings` of a port of a bridge. Raises Refused."""
    _set(session, name, "bridge_slave", _PORT, before, after)


def check(session, wanted):
    """Check that a link is as wanted, in all that the wanted `Link` tells. Raises Refused."""
    raw = links.require(session, wanted.name)
    for field in ("kind", "mac", "mtu", "up"):
        _compare(wanted.name, field, getattr(wanted, field), getattr(raw.link, field))
    master = links.require(session, wanted.master).index if wanted.master else 0
    _compare(wanted.name, "master", master, raw.master)
    for group in ("bridge", "port"):
        settings = getattr(wanted, group)
        for field, value in vars(settings).items() if settings else ():
            _compare(wanted.name, field, value, getattr(getattr(raw.link, group), field, None))


def _set(session, name, kind, table, before, after):
    changed = [field for field, value in vars(after).items() if value is not None and getattr(before, field, None) != value]
    arguments = {table[field][0]: table[field][1](getattr(after, field)) for field in changed}
    if not arguments:
        return
    try:
        session.link("set", index=links.require(session, name).index, kind=kind, **arguments)
    except Refused as error:
        told = ", ".join("%s=%s" % (field, getattr(after, field)) for field in changed)
        raise Refused(error.errno, "%s: %s" % (told, error.strerror)) from error


def _compare(name, field, wanted, found):
    if wanted is not None and wanted != found:
        raise Refused(errno.EOPNOTSUPP, "the kernel keeps %s of %s at %s" % (field, name, found))
