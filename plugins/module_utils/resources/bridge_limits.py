# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a bridge can hold."""

from __future__ import annotations

import collections

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict

# The kernel numbers the ports of a bridge with 10 bits, from 1.
MOST_PORTS = 1023


def check_port_counts(state, bridges):
    """Refuse more ports on a bridge than the kernel can number.

    Args:
        state: the host as it will be.
        bridges: names of the bridges concerned.

    Raises:
        Conflict: naming the bridge.
    """
    counts = collections.Counter(link.master for link in state.links.values())
    for name in bridges:
        if counts[name] > MOST_PORTS:
            raise Conflict(
                "bridge %s would have %d ports, containers and members, and the kernel allows %d; put some of them on "
                "another bridge or network" % (name, counts[name], MOST_PORTS)
            )
