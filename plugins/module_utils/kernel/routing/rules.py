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
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.recorded import RecordedDump
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import ADD, Refused
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import Found, Rule, rule_order

# After what a container's owner may have set up himself, and before the main table at 32766.
PRIORITY = 20000

_RTM_NEWRULE, RTM_DELRULE, _RTM_GETRULE = 32, 33, 34
# Family, bits of destination and source, type of service, table, two that are not used, action, flags.
_HEADER = struct.Struct("=BBBBBBBBI")
_FRA_SRC, _FRA_PRIORITY, _FRA_SUPPRESS, _FRA_TABLE, _FRA_PROTOCOL = 2, 6, 14, 15, 21
# What the kernel tells of a rule that asks for nothing but the source.
_USUAL = {_FRA_SRC, _FRA_PRIORITY, _FRA_SUPPRESS, _FRA_TABLE, _FRA_PROTOCOL}
_NOTHING = b"\xff" * 4
_TO_TABLE = 1
_FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}


DUMP = RecordedDump(_RTM_GETRULE, lambda: _message([]), "1c000000220001030100000000000000000000000000000000000000")


def dump(session):
    """Return the rules of the session's namespace that bear a number of ours.

    Returns:
        tuple: ours as a sorted tuple of `Rule`, and as a tuple of `Found` those that are not as we make them.
    """
    found, others = set(), []
    for body in session.dump_recorded(DUMP):
        values = wire_format.attributes(body, _HEADER.size)
        priority = wire_format.number(values.get(_FRA_PRIORITY), 0)
        marked = wire_format.number(values.get(_FRA_PROTOCOL)) == ownership_marks.PROTOCOL
        if priority != PRIORITY and not marked:
            continue
        rule = _read(body, values) if marked and priority == PRIORITY else None
        if rule is None:
            others.append(Found("rule %d" % priority, body=body))
        else:
            found.add(rule)
    return tuple(sorted(found, key=rule_order)), tuple(others)


def add(session, rule):
    """Add a rule with our mark; one of ours that is there is no error. Raises Refused."""
    try:
        session.request(_RTM_NEWRULE, _message_of(rule), ADD)
    except Refused as error:
        if error.errno != errno.EEXIST:
            raise


def remove(session, rule):
    """Remove a rule of ours; one that is gone is no error. Raises Refused."""
    try:
        session.request(RTM_DELRULE, _message_of(rule))
    except Refused as error:
        if error.errno != errno.ENOENT:
            raise


def table_of(body):
    """Return the number of the routing table that a rule of a dump asks, whoever made it."""
    table = _HEADER.unpack_from(body)[4]
    return wire_format.number(wire_format.attributes(body, _HEADER.size).get(_FRA_TABLE), table)


def _message(attributes, **fields):
    from pyroute2.netlink.rtnl.fibmsg import fibmsg

    return Message(fibmsg, attributes, **fields)


def _message_of(rule):
    return _message(
        [
            ("FRA_SRC", str(rule.source)),
            ("FRA_PRIORITY", PRIORITY),
            ("FRA_TABLE", rule.table),
            ("FRA_PROTOCOL", ownership_marks.PROTOCOL),
        ],
        family=_FAMILY[rule.source.version],
        src_len=rule.source.max_prefixlen,
        action=_TO_TABLE,
    )


def _read(body, values):
    """Return the `Rule` of a message; None for one that asks for more than the source, or that does something else."""
    family, to_bits, bits, tos, table, _unused, _unused2, action, flags = _HEADER.unpack_from(body)
    source = values.get(_FRA_SRC)
    if family not in _FAMILY.values() or source is None or bits != 8 * len(source):
        return None
    usual = values.keys() <= _USUAL and values.get(_FRA_SUPPRESS, _NOTHING) == _NOTHING
    if to_bits or tos or flags or action != _TO_TABLE or not usual:
        return None
    return Rule(ipaddress.ip_address(source), wire_format.number(values.get(_FRA_TABLE), table))
