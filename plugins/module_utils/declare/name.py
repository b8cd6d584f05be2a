# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of interfaces, namespaces, owners and sysctls."""

from __future__ import annotations

import re

INTERFACE_BYTES = 15
OBJECT_BYTES = 63
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
HOST_NAME_BYTES = 253
_SYSCTL_BYTES = 253
# Each is matched against a part of a name whose length is known, so that no value costs more than its length.
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")
_SYSCTL_PART = re.compile(r"[A-Za-z0-9_-]+")
# In every hosts file; a container of such a name would be taken for the one who asks.
_OF_EVERY_HOST = ("localhost", "ip6-localhost", "ip6-loopback")
# The kernel keeps settings for "every interface" and "interfaces to come" in folders of these names.
_RESERVED_INTERFACES = ("all", "default", "lo")


def _name(value, longest, what):
    if len(value) > longest or not _NAME.fullmatch(value):
        raise ValueError(
            "%s is not a valid %s; use letters, digits, '_', '.' and '-', starting with a letter or digit, "
            "at most %d characters" % (_shown(value), what, longest)
        )
    return value


def _shown(value):
    text = repr(value)
    return text if len(text) <= 300 else text[:300] + "..."


def interface_name(value):
    """Check the name of a network interface (at most 15 bytes, as the kernel allows)."""
    if value in _RESERVED_INTERFACES:
        raise ValueError("%r is reserved by the kernel; choose another interface name" % value)
    return _name(value, INTERFACE_BYTES, "interface name")


def interface_names(values):
    """Check a list of interface names, none given twice."""
    seen = set()
    for value in values:
        if interface_name(value) in seen:
            raise ValueError("%s is listed twice; list each interface once" % value)
        seen.add(value)
    return tuple(values)


def namespace_name(value):
    """Check the name of a network namespace."""
    return _name(value, OBJECT_BYTES, "namespace name")


def network_name(value):
    """Check the name of a network."""
    return _name(value, OBJECT_BYTES, "network name")


def container_name(value):
    """Check the name of a container, by which the others find it, and which its namespace bears."""
    return _not_of_every_host(namespace_name(value))


def host_names(values):
    """Check names by which a container is found: letters, digits, ``-`` and dots."""
    seen = set()
    for value in values:
        if len(value) > HOST_NAME_BYTES or not all(_LABEL.fullmatch(label) for label in value.split(".")):
            raise ValueError(
                "%s is not a host name; use letters, digits, '-' and dots, such as db.example" % _shown(value)
            )
        if value in seen:
            raise ValueError("%s is listed twice; list each name once" % value)
        seen.add(_not_of_every_host(value))
    return tuple(values)


def _not_of_every_host(value):
    if value.lower() in _OF_EVERY_HOST:
        raise ValueError("%s means the host itself everywhere; choose another name" % value)
    return value


def owner_name(value):
    """Check the name of an owner."""
    return _name(value, OBJECT_BYTES, "owner")


def sysctls(values):
    """Check kernel settings of a namespace: a dict from a key below ``net.`` to its value, as sorted pairs."""
    pairs = []
    for key, value in values.items():
        if not isinstance(key, str) or not _is_sysctl(key):
            raise ValueError("%s is not a sysctl of a network namespace; use keys below 'net.'" % _shown(key))
        if not isinstance(value, (bool, int, float, str)):
            raise ValueError("the value of %s is %s; give one line of text or a number" % (key, _shown(value)))
        # The kernel prints tabs between the numbers of a setting.
        text = str(int(value)) if isinstance(value, bool) else str(value).replace("\t", " ").strip()
        if not text or not text.isprintable():
            raise ValueError("the value of %s is %s; give one line of text or a number" % (key, _shown(value)))
        pairs.append((key, " ".join(text.split())))
    return tuple(sorted(pairs))


def _is_sysctl(key):
    if len(key) > _SYSCTL_BYTES:
        return False
    first, *parts = key.replace("/", ".").split(".")
    return first == "net" and bool(parts) and all(_SYSCTL_PART.fullmatch(part) for part in parts)
