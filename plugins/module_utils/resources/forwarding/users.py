# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks that need what the host has only once, such as IP forwarding, whether or not their rules are there."""

from __future__ import annotations


def is_routed(network, family):
    """Whether packets of a family are to enter and leave a network by other interfaces of the host."""
    return not network.internal and any(subnet.version == family for subnet in network.subnets)
