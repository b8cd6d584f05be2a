# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A table of rules on frames that has every kind of rule."""

from __future__ import annotations

import ipaddress

from ansible_collections.hostnet.containers.plugins.module_utils.state.bridge_table import BridgeTable, guard


def _guard(mac, addresses, allowed=()):
    return guard(mac, addresses, [ipaddress.ip_network(item) for item in allowed])


RICH = BridgeTable(
    ports=frozenset(["veth1", "veth2", "veth3", "veth4", "va.1_x", "7"]),
    guards={
        "veth1": _guard("02:42:0a:14:00:02", ["10.20.0.2"]),
        "veth2": _guard(
            "02:42:0a:14:00:03", ["10.20.0.3", "10.20.0.4", "fd00:20::3"], ["fd00:20::100/120", "10.9.0.0/16"]
        ),
        "veth3": _guard("02:42:0a:14:00:05", ["fd00:20::5"], ["10.20.0.50", "10.20.0.51"]),
        "va.1_x": _guard("02:42:0a:14:00:06", ["10.20.0.6", "fd00:20::6"], ["0.0.0.0/0", "::/0"]),
    },
    reflecting=frozenset(["veth1", "veth4"]),
    apart=frozenset(["veth2", "veth3"]),
)
