# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The neighbour tables: which hardware address belongs to which address."""

from __future__ import annotations

import ipaddress
import struct

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.state.inventory import Neighbour

_RTM_GETNEIGH = 30
_HEADER = struct.Struct("=BxxxiHBB")
_NDA_DST, _NDA_LLADDR = 1, 2
_STATES = {
    0x01: "incomplete",
    0x02: "reachable",
    0x04: "stale",
    0x08: "delay",
    0x10: "probe",
    0x20: "failed",
    0x80: "permanent",
}


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
    for body in session.dump(_RTM_GETNEIGH, _HEADER.pack(0, 0, 0, 0, 0)):
        _family, index, state, _flags, _kind = _HEADER.unpack_from(body)
        values = wire_format.attributes(body, _HEADER.size)
        if state not in _STATES or index not in names or _NDA_DST not in values:
            continue
        mac = values.get(_NDA_LLADDR)
        ip = ipaddress.ip_address(values[_NDA_DST])
        found.append(Neighbour(ip, mac.hex(":") if mac else None, names[index], _STATES[state]))
    return tuple(sorted(found, key=lambda item: (item.device, item.ip.version, item.ip)))
