# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of namespaces that choose a routing table by the source address."""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import ownership_marks
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import ADD, Refused
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import Rule, rule_order

# After what a container's owner may have set up himself, and before the main table at 32766.
PRIORITY = 20000

_RTM_NEWRULE, _RTM_DELRULE, _RTM_GETRULE = 32, 33, 34
# Family, bits of destination and source, type of service, table, two that are not used, action, flags.
_HEADER = struct.Struct("=BBBBBBBBI")
_FRA_SRC, _FRA_PRIORITY, _FRA_TABLE, _FRA_PROTOCOL = 2, 6, 15, 21
_TO_TABLE = 1
_FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}


def dump(session):
    """Return our rules in the session's namespace as a sorted tuple of `Rule`."""
    bodies = session.dump(_RTM_GETRULE, _HEADER.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0, 0, 0))
    return tuple(sorted(filter(None, map(_read, bodies)), key=rule_order))


def add(session, rule):
    """Add a rule with our mark; one of ours that is there is no error. Raises Refused."""
    try:
        session.request(_RTM_NEWRULE, _message(rule), ADD)
    except Refused as error:
        if error.errno != errno.EEXIST:
            raise


def remove(session, rule):
    """Remove a rule of ours; one that is gone is no error. Raises Refused."""
    try:
        session.request(_RTM_DELRULE, _message(rule))
    except Refused as error:
        if error.errno != errno.ENOENT:
            raise


def _message(rule):
    attributes = (
        (_FRA_SRC, rule.source.packed),
        (_FRA_PRIORITY, struct.pack("=I", PRIORITY)),
        (_FRA_TABLE, struct.pack("=I", rule.table)),
        (_FRA_PROTOCOL, bytes([ownership_marks.PROTOCOL])),
    )
    header = _HEADER.pack(_FAMILY[rule.source.version], 0, rule.source.max_prefixlen, 0, 0, 0, 0, _TO_TABLE, 0)
    return header + b"".join(wire_format.attribute(number, value) for number, value in attributes)


def _read(body):
    """Return the `Rule` of a message; None for one that is not ours."""
    family, _to_bits, bits, _tos, table, _unused, _unused2, _action, _flags = _HEADER.unpack_from(body)
    values = wire_format.attributes(body, _HEADER.size)
    if wire_format.number(values.get(_FRA_PROTOCOL)) != ownership_marks.PROTOCOL or family not in _FAMILY.values():
        return None
    source = values.get(_FRA_SRC)
    if source is None or bits != 8 * len(source):
        return None
    return Rule(ipaddress.ip_address(source), wire_format.number(values.get(_FRA_TABLE), table))
