# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The MAC address of a container's interface, where none is declared."""

from __future__ import annotations

import hashlib

_PREFIX = "02:42:"


def derived_mac_address(addresses, netns, peer):
    """Derive a MAC address as Docker does: 02:42, then the four bytes of the first IPv4 address.

    Args:
        addresses: the interface addresses, or None.
        netns: name of the namespace; with `peer` what the address is derived from where there is no IPv4 address.
        peer: name of the interface in the namespace.
    """
    for item in addresses or ():
        if item.version == 4:
            return _PREFIX + item.ip.packed.hex(":")
    seed = "%s/%s" % (netns, peer)
    return _PREFIX + hashlib.sha256(seed.encode()).digest()[:4].hex(":")
