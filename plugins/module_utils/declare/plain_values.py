# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared values as dicts, lists, strings and numbers: for records, diffs and return values."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import PortRange

_HIDDEN = ("owner", "uplink_mtu")


def plain(value):
    """Turn a declared value into dicts, lists, strings and numbers, options that say nothing left out."""
    if isinstance(value, PortRange):
        return str(value)
    if dataclasses.is_dataclass(value):
        fields = {
            field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.name not in _HIDDEN
        }
        return {name: plain(item) for name, item in fields.items() if item is not None and item != ()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
