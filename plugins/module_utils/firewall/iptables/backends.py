# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two backends of iptables. The kernel obeys the rules of both, but ``iptables`` shows only those of its own."""

from __future__ import annotations

import os

from ansible_collections.hostnet.containers.plugins.module_utils.programs import find

PROGRAM = {4: "iptables", 6: "ip6tables"}
OTHER = {"nft": "legacy", "legacy": "nft"}
_LEGACY_TABLES = {4: "/proc/net/ip_tables_names", 6: "/proc/net/ip6_tables_names"}


def backend_of(family):
    """Return the backend of the host's ``iptables``: ``nft``, ``legacy``, or None where it cannot be told."""
    program = find(PROGRAM[family] + "-save")
    name = os.path.basename(os.path.realpath(program)) if program else ""
    for backend in OTHER:
        if backend in name:
            return backend
    return None


def other_backend(family):
    """Return the backend that ``iptables`` does not show, if the host has its program and it may hold rules."""
    other = OTHER.get(backend_of(family))
    if other is None or find(program_name(family, other) + "-save") is None:
        return None
    if other == "legacy" and not _has_legacy_tables(family):
        return None
    return other


def program_name(family, backend=None):
    """Return the name of the program of a family: of one backend, or the host's own."""
    return PROGRAM[family] + ("-" + backend if backend else "")


def _has_legacy_tables(family):
    """To ask the program itself would be dearer, and on some kernels would load what nobody uses."""
    try:
        with open(_LEGACY_TABLES[family], encoding="ascii") as file:
            return bool(file.read().strip())
    except OSError:
        return False
