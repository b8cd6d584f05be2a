# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPv6 is off on an interface that has only IPv4 addresses declared.

Otherwise a link-local address of the kernel's own making would let containers reach services of the host, and each
other, past every rule for IPv4.
"""

from __future__ import annotations


def ipv6_key(device):
    """The kernel setting that takes IPv6 away from an interface."""
    return "net.ipv6.conf.%s.disable_ipv6" % device.replace(".", "/")


def ipv6_switch(device, addresses):
    """Return the setting that declared addresses ask for, as a dict; an empty one if none were declared.

    Args:
        device: name of the interface.
        addresses: interface addresses, or None or an empty tuple.
    """
    if not addresses:
        return {}
    return {ipv6_key(device): "0" if any(item.version == 6 for item in addresses) else "1"}
