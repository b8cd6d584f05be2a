# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of links: sending those that differ, and checking that the kernel took them.

The kernel acknowledges what it does not know. So nothing counts as set until it has been read back.
"""

from __future__ import annotations

import errno

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import attributes, links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import nest
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused

_ATTRIBUTES = {
    "alias": "IFLA_IFALIAS",
    "mac": "IFLA_ADDRESS",
    "mtu": "IFLA_MTU",
    "master": "IFLA_MASTER",
    "group": "IFLA_GROUP",
}
_UP = 1


def set_link(session, index, **values):
    """Send what every link has.

    Args:
        index: the kernel's number of the link.
        values: any of alias, mac, mtu, master (a number), group, and up (bool); None is left as it is.

    Raises:
        Refused: the kernel's reason.
    """
    up = values.pop("up", None)
    header = {} if up is None else {"flags": _UP if up else 0, "change": _UP}
    named = [(_ATTRIBUTES[name], value) for name, value in values.items()]
    session.request(links.RTM_NEWLINK, links.message(named, index=index, **header))


def set_settings(session, index, before, after):
    """Send those settings in which two `Link` differ: of the interface, of the bridge, of the port. Raises Refused."""
    changed = _changed(before.settings, after.settings)
    _send(session, index, changed, attributes.written(attributes.INTERFACE, changed))
    changed = _changed(before.bridge, after.bridge)
    data = nest(attributes.written(attributes.BRIDGE, changed))
    _send(session, index, changed, [_information([("IFLA_INFO_KIND", "bridge"), ("IFLA_INFO_DATA", data)])])
    changed = _changed(before.port, after.port)
    data = nest(attributes.written(attributes.PORT, changed))
    _send(session, index, changed, [_information([("IFLA_INFO_SLAVE_KIND", "bridge"), ("IFLA_INFO_SLAVE_DATA", data)])])


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
        master = links.index_of(wanted.master) if wanted.master else 0
        _compare(wanted.name, "master", master, raw.master)
    for group in ("settings", "bridge", "port") if wanted.master else ("settings", "bridge"):
        found = getattr(raw.link, group) or {}
        for name, value in _changed(getattr(before, group, None), getattr(wanted, group)).items():
            if name not in attributes.OPTIONAL or found.get(name) is not None:
                _compare(wanted.name, name, value, found.get(name))


def _changed(before, after):
    before = before or {}
    return {name: value for name, value in (after or {}).items() if before.get(name) != value}


def _information(inner):
    return "IFLA_LINKINFO", nest(inner)


def _send(session, index, changed, told):
    if not changed:
        return
    try:
        session.request(links.RTM_NEWLINK, links.message(told, index=index))
    except Refused as error:
        names = ", ".join("%s=%s" % pair for pair in changed.items())
        raise Refused(error.errno, "%s: %s" % (names, error.strerror)) from error


def _compare(name, field, wanted, found):
    if wanted is not None and wanted != found:
        raise Refused(errno.EOPNOTSUPP, "the kernel keeps %s of %s at %s" % (field, name, found))
