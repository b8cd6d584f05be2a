# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Walls between containers that this host cannot have, though nobody did without them."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.resources.container_ports import (
    isolated_from_published,
)

_REMEDY = "install the package nftables"


def missing_walls(plan, declaration):
    """Return a sentence with its remedy for each network, or bridge, that lacks a wall.

    Args:
        plan: the `Plan`.
        declaration: what it was made from.
    """
    table = plan.after.bridge_table
    if table is None or table.obstacle is None:
        return []
    found = [
        "network %s: anti_spoof is on by default, but %s, so its containers may send under addresses of others; %s, "
        "or set anti_spoof to false" % (item.name, table.obstacle, _REMEDY)
        for item in declaration.present
        if isinstance(item, Network) and item.anti_spoof is None and _by_default(plan.after.networks[item.name])
    ]
    return (
        found
        if not plan.changed
        else found
        + [
            "bridge %s: %s, so with icc: false its containers do not reach published ports by addresses of the host; %s"
            % (bridge, table.obstacle, _REMEDY)
            for bridge in isolated_from_published(plan.after)
        ]
    )


def _by_default(network):
    """Whether a container of a network, as it is on record then, is guarded for no other reason than the default."""
    return any(container.anti_spoof is None for container in network.containers or ())
