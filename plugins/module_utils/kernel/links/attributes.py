# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which attribute of the kernel a setting of a link is: one row for each setting that is a simple value.

A row is all that the adapter needs for it. From there on the setting is observed under its name in `Link.settings`,
`Link.bridge` or `Link.port`, sent when it is to change, and read back.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass

_HUNDREDTHS = 100


@dataclass(frozen=True)
class Form:
    """How the kernel writes a value.

    Attributes:
        read: function from the bytes of an attribute to the value of the setting; no bytes where the kernel does not
            tell, so that a switch that it does not have is off.
        write: function from the value of the setting to what pyroute2 encodes.
    """

    read: object
    write: object


def _number(data):
    return int.from_bytes(data, sys.byteorder)


def _seconds(data):
    """Whole seconds as an integer, so that they equal declared ones; others as they are."""
    hundredths = _number(data)
    return hundredths / _HUNDREDTHS if hundredths % _HUNDREDTHS else hundredths // _HUNDREDTHS


NUMBER = Form(_number, int)
SWITCH = Form(lambda data: bool(_number(data)), int)
SECONDS = Form(_seconds, lambda value: int(value * _HUNDREDTHS))
# One of the switches that share an attribute: a value and a mask of those that are meant. It is on where the bit is
# not, and None where the kernel has no such attribute.
NEGATED_FIRST_BIT = Form(
    lambda data: not _number(data[:4]) & 1 if data else None, lambda value: struct.pack("=II", not value, 1)
)


@dataclass(frozen=True)
class Row:
    """A setting.

    Attributes:
        name: of the setting; that of the option, if it is one.
        attribute: the attribute's name, as pyroute2 has it.
        number: the attribute's number in the kernel's headers.
        form: the `Form` of its value.
        optional: whether an older kernel that has no such setting does without.
    """

    name: str
    attribute: str
    number: int
    form: Form
    optional: bool = False


# Of any interface; attributes of a link.
INTERFACE = (Row("queue_length", "IFLA_TXQLEN", 13, NUMBER),)
# Of a bridge.
BRIDGE = (
    Row("stp", "IFLA_BR_STP_STATE", 5, SWITCH),
    Row("forward_delay", "IFLA_BR_FORWARD_DELAY", 1, SECONDS),
    Row("ageing_time", "IFLA_BR_AGEING_TIME", 4, SECONDS),
    Row("vlan_filtering", "IFLA_BR_VLAN_FILTERING", 7, SWITCH),
    Row("multicast_snooping", "IFLA_BR_MCAST_SNOOPING", 23, SWITCH),
    # Whether this bridge's packets pass the firewall though those of others do not.
    Row("nf_call_iptables", "IFLA_BR_NF_CALL_IPTABLES", 36, SWITCH),
    Row("nf_call_ip6tables", "IFLA_BR_NF_CALL_IP6TABLES", 37, SWITCH),
    # Since Linux 5.0.
    Row("link_local_learning", "IFLA_BR_MULTI_BOOLOPT", 46, NEGATED_FIRST_BIT, optional=True),
)
# Of a port of a bridge.
PORT = (
    Row("hairpin", "IFLA_BRPORT_MODE", 4, SWITCH),
    Row("isolated", "IFLA_BRPORT_ISOLATED", 33, SWITCH),
    Row("bpdu_guard", "IFLA_BRPORT_GUARD", 5, SWITCH),
    Row("root_block", "IFLA_BRPORT_PROTECT", 6, SWITCH),
    Row("multicast_router", "IFLA_BRPORT_MULTICAST_ROUTER", 25, NUMBER),
)
OPTIONAL = frozenset(row.name for row in (*INTERFACE, *BRIDGE, *PORT) if row.optional)


def read(rows, found):
    """Return the settings of these rows, from a dict of attribute numbers and bytes."""
    return {row.name: row.form.read(found.get(row.number, b"")) for row in rows}


def written(rows, settings):
    """Return pairs of attribute name and value for pyroute2, for those rows that are among the settings."""
    return [(row.attribute, row.form.write(settings[row.name])) for row in rows if row.name in settings]
