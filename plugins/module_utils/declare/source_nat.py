# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option `masquerade` of a network: whether, and as what, its containers are seen outside."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import FAMILIES, address

# As Ansible reads them.
_TRUE = ("y", "yes", "on", "1", "true", "t", "1.0")
_FALSE = ("n", "no", "off", "0", "false", "f", "0.0")


def source_nat(value):
    """Parse the option: True, False, or a tuple of fixed addresses, at most one for each family."""
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    parts = value if isinstance(value, list) else str(value).split(",")
    try:
        found = tuple(address(str(part).strip()) for part in parts)
    except ValueError as error:
        raise ValueError("%s, or true or false" % error) from None
    if not found:
        raise ValueError("the list is empty; give addresses of the host, or true or false")
    for family in FAMILIES:
        if sum(item.version == family for item in found) > 1:
            raise ValueError("there is more than one IPv%d address; give at most one for each family" % family)
    return found


def fixed_address(masquerade, family):
    """Return the address that packets of a family bear, or None for that of the interface that they leave by."""
    if isinstance(masquerade, bool):
        return None
    return next((item for item in masquerade if item.version == family), None)


def as_written(masquerade):
    """Write it so that `source_nat` reads it."""
    return masquerade if isinstance(masquerade, bool) else [str(item) for item in masquerade]
