# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPv6 is off on an interface that has only IPv4 addresses declared.

Otherwise a link-local address of the kernel's own making would let containers reach services of the host, and each
other, past every rule for IPv4.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import LOWEST_MTU_OF_IPV6
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict


def ipv6_key(device):
    """The kernel setting that takes IPv6 away from an interface."""
    return "net.ipv6.conf.%s.disable_ipv6" % device.replace(".", "/")


def ipv6_switch(link, addresses):
    """Return the setting that declared addresses ask for, as a dict; an empty one if none were declared.

    With an MTU that is too small for IPv6, the kernel has no such setting, and no IPv6 on the interface.

    Args:
        link: the interface as it will be.
        addresses: interface addresses, or None or an empty tuple.
    """
    if not addresses or link.mtu is not None and link.mtu < LOWEST_MTU_OF_IPV6:
        return {}
    return {ipv6_key(link.name): "0" if any(item.version == 6 for item in addresses) else "1"}


def check_mtu(link, told):
    """Refuse IPv6 addresses of ours on an interface whose MTU makes the kernel take IPv6 away.

    Args:
        link: the interface as it will be.
        told: how messages name the declaration.
    """
    six = [item.interface for item in link.addresses if item.ours and item.interface.version == 6]
    if six and link.mtu is not None and link.mtu < LOWEST_MTU_OF_IPV6:
        raise Conflict(
            "%s: mtu: %d is too small for the IPv6 address %s; use %d or more"
            % (told, link.mtu, six[0], LOWEST_MTU_OF_IPV6)
        )
