# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which guard a declared veth pair gets: what may leave the container."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Missing
from ansible_collections.hostnet.containers.plugins.module_utils.state.bridge_table import BridgeTable, guard


def wanted_guard(state, item):
    """Return the `Guard` of a declared pair, or None.

    A guard that is there follows what is declared, also where `anti_spoof` is not repeated. What is not declared is
    taken from the guard, which only the host writes, and never from what the container's end is like at the moment.

    Args:
        state: the host.
        item: the `VethPair`.

    Raises:
        Missing: there is to be a guard, and the host can have none.
    """
    found = _wanted(state, item)
    if found is None and item.allowed_addresses:
        obstacle = (state.bridge_table or BridgeTable()).obstacle
        raise Missing(
            "veth pair %s: allowed_addresses: %s"
            % (
                item.host_end,
                "these are allowed beside what anti_spoof allows; set anti_spoof to true"
                if obstacle is None
                else "%s; install the package nftables, or leave allowed_addresses out" % obstacle,
            )
        )
    return found


def _wanted(state, item):
    table = state.bridge_table or BridgeTable()
    former = table.guards.get(item.host_end)
    if item.anti_spoof is False or item.anti_spoof is None and former is None and not item.guarded_by_default:
        return None
    if table.obstacle is not None:
        if item.anti_spoof is None:
            return None
        raise Missing(
            "veth pair %s: anti_spoof: true: %s; install the package nftables, or set anti_spoof to false"
            % (item.host_end, table.obstacle)
        )
    return _guard(item, former)


def _guard(item, former):
    if item.addresses is None and former is None:
        return None
    addresses = former.addresses if item.addresses is None else [address.ip for address in item.addresses]
    keeps_mac = former is not None and item.mac is None and not item.addresses
    allowed = item.allowed_addresses
    if allowed is None:
        allowed = former.allowed if former is not None else ()
    return guard(former.mac if keeps_mac else item.hardware_address, addresses, allowed)
