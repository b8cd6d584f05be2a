# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The neighbour tables: which hardware address belongs to which address."""

from __future__ import annotations

import ipaddress

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message
from ansible_collections.hostnet.containers.plugins.module_utils.state.inventory import Neighbour

_RTM_GETNEIGH = 30
_STATES = {
    0x01: "incomplete",
    0x02: "reachable",
    0x04: "stale",
    0x08: "delay",
    0x10: "probe",
    0x20: "failed",
    0x80: "permanent",
}


def message(attributes=(), **fields):
    """Return a `Message` about a neighbour."""
    from pyroute2.netlink.rtnl.ndmsg import ndmsg

    return Message(ndmsg, attributes, **fields)


def dump(session, names):
    """Return the neighbours that a namespace knows.

    Args:
        session: a `Session` in the namespace.
        names: dict from a link's number to its name.

    Returns:
        tuple: of `Neighbour`, sorted by device and address; entries that need no resolution are left out.

    Raises:
        Refused: with the kernel's reason.
    """
    found = []
    for item in session.read(_RTM_GETNEIGH, message()):
        index, state, address = item["ifindex"], item["state"], item.get_attr("NDA_DST")
        if state in _STATES and index in names and address is not None:
            ip = ipaddress.ip_address(address)
            found.append(Neighbour(ip, item.get_attr("NDA_LLADDR"), names[index], _STATES[state]))
    return tuple(sorted(found, key=lambda item: (item.device, item.ip.version, item.ip)))
