# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of interfaces, namespaces, owners and sysctls."""

from __future__ import annotations

import re

INTERFACE_BYTES = 15
OBJECT_BYTES = 63
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*")
_SYSCTL = re.compile(r"net([./][A-Za-z0-9_.-]*[A-Za-z0-9_-])+")
# The kernel keeps settings for "every interface" and "interfaces to come" in folders of these names.
_RESERVED_INTERFACES = ("all", "default", "lo")


def _name(value, longest, what):
    if not _NAME.fullmatch(value) or len(value) > longest:
        raise ValueError(
            "%r is not a valid %s; use letters, digits, '_', '.' and '-', starting with a letter or digit, "
            "at most %d characters" % (value, what, longest)
        )
    return value


def interface_name(value):
    """Check the name of a network interface (at most 15 bytes, as the kernel allows)."""
    if value in _RESERVED_INTERFACES:
        raise ValueError("%r is reserved by the kernel; choose another interface name" % value)
    return _name(value, INTERFACE_BYTES, "interface name")


def interface_names(values):
    """Check a list of interface names, none given twice."""
    for position, value in enumerate(values):
        if value in values[:position]:
            raise ValueError("%s is listed twice; list each interface once" % value)
    return tuple(interface_name(value) for value in values)


def namespace_name(value):
    """Check the name of a network namespace."""
    return _name(value, OBJECT_BYTES, "namespace name")


def network_name(value):
    """Check the name of a network."""
    return _name(value, OBJECT_BYTES, "network name")


def host_names(values):
    """Check names by which a container is found: letters, digits, ``-`` and dots."""
    for position, value in enumerate(values):
        if not _HOST_NAME.fullmatch(value) or len(value) > 253:
            raise ValueError("%r is not a host name; use letters, digits, '-' and dots, such as db.example" % value)
        if value in values[:position]:
            raise ValueError("%s is listed twice; list each name once" % value)
    return tuple(values)


def owner_name(value):
    """Check the name of an owner."""
    return _name(value, OBJECT_BYTES, "owner")


def sysctls(values):
    """Check kernel settings of a namespace: a dict from a key below ``net.`` to its value, as sorted pairs."""
    pairs = []
    for key, value in values.items():
        if not isinstance(key, str) or not _SYSCTL.fullmatch(key) or ".." in key:
            raise ValueError("%r is not a sysctl of a network namespace; use keys below 'net.'" % (key,))
        if not isinstance(value, (bool, int, float, str)):
            raise ValueError("the value of %s is %r; give one line of text or a number" % (key, value))
        text = str(int(value)) if isinstance(value, bool) else str(value).strip()
        if not text or not text.isprintable():
            raise ValueError("the value of %s is %r; give one line of text or a number" % (key, value))
        pairs.append((key, " ".join(text.split())))
    return tuple(sorted(pairs))
