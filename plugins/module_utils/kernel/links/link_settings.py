# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of links: sending those that differ, and checking that the kernel took them.

The kernel acknowledges, and pyroute2 drops in silence, what they do not know. So nothing counts as set until it has
been read back.
"""

from __future__ import annotations

import errno

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import pyroute2_messages
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused

_ATTRIBUTES = {
    "alias": "IFLA_IFALIAS",
    "mac": "IFLA_ADDRESS",
    "mtu": "IFLA_MTU",
    "master": "IFLA_MASTER",
    "group": "IFLA_GROUP",
}
_UP = 1
_HUNDREDTHS = 100
_BRIDGE = {
    "stp": ("IFLA_BR_STP_STATE", 1),
    "forward_delay": ("IFLA_BR_FORWARD_DELAY", _HUNDREDTHS),
    "ageing_time": ("IFLA_BR_AGEING_TIME", _HUNDREDTHS),
    "vlan_filtering": ("IFLA_BR_VLAN_FILTERING", 1),
    "multicast_snooping": ("IFLA_BR_MCAST_SNOOPING", 1),
}
_PORT = {"hairpin": ("IFLA_BRPORT_MODE", 1), "isolated": ("IFLA_BRPORT_ISOLATED", 1)}


def set_link(session, index, **values):
    """Send settings of a link.

    Args:
        index: the kernel's number of the link.
        values: any of alias, mac, mtu, master (a number), group, and up (bool); None is left as it is.

    Raises:
        Refused: the kernel's reason.
    """
    up = values.pop("up", None)
    header = {} if up is None else {"flags": _UP if up else 0, "change": _UP}
    attributes = [(_ATTRIBUTES[name], value) for name, value in values.items()]
    session.request(links.RTM_NEWLINK, pyroute2_messages.link(attributes, index=index, **header))


def set_bridge(session, index, before, after):
    """Send what differs between two `BridgeSettings`. Raises Refused."""
    changed = _changed(before, after)
    data = [_encoded(_BRIDGE, field, value) for field, value in changed.items()]
    _send(session, index, changed, [("IFLA_INFO_KIND", "bridge"), ("IFLA_INFO_DATA", {"attrs": data})])


def set_port(session, index, before, after):
    """Send what differs between two `PortSettings` of a port of a bridge. Raises Refused."""
    changed = _changed(before, after)
    data = [_encoded(_PORT, field, value) for field, value in changed.items()]
    _send(session, index, changed, [("IFLA_INFO_SLAVE_KIND", "bridge"), ("IFLA_INFO_SLAVE_DATA", {"attrs": data})])


def check(session, wanted, before=None):
    """Check that a link is as wanted, in all that the wanted `Link` tells.

    Args:
        before: what the link was; only what was to change is checked. None to check everything.

    Raises:
        Refused: naming the setting.
    """
    raw = links.require(session, wanted.name)
    for field in ("mac", "mtu", "up"):
        if before is None or getattr(before, field) != getattr(wanted, field):
            _compare(wanted.name, field, getattr(wanted, field), getattr(raw.link, field))
    if before is None or before.master != wanted.master:
        master = links.require(session, wanted.master).index if wanted.master else 0
        _compare(wanted.name, "master", master, raw.master)
    for group in ("bridge", "port") if wanted.master else ("bridge",):
        changed = _changed(getattr(before, group, None), getattr(wanted, group))
        for field, value in changed.items():
            _compare(wanted.name, field, value, getattr(getattr(raw.link, group), field, None))


def _changed(before, after):
    settings = vars(after).items() if after is not None else ()
    return {field: value for field, value in settings if value is not None and getattr(before, field, None) != value}


def _encoded(table, field, value):
    name, factor = table[field]
    return name, int(value * factor)


def _send(session, index, changed, information):
    if not changed:
        return
    try:
        session.request(
            links.RTM_NEWLINK, pyroute2_messages.link([("IFLA_LINKINFO", {"attrs": information})], index=index)
        )
    except Refused as error:
        told = ", ".join("%s=%s" % pair for pair in changed.items())
        raise Refused(error.errno, "%s: %s" % (told, error.strerror)) from error


def _compare(name, field, wanted, found):
    if wanted is not None and wanted != found:
        raise Refused(errno.EOPNOTSUPP, "the kernel keeps %s of %s at %s" % (field, name, found))
