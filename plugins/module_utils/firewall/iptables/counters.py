# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often published ports were used, as the packet counters of their rules tell."""

from __future__ import annotations

import re

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.read_services import port_key

_COUNTERS = re.compile(r"\[(\d+):(\d+)\]")


def port_counters(tables_by_family):
    """Return a dict from the key of a published port to packets and bytes.

    The rules see the first packet of each connection only, so that packets are connections.

    Args:
        tables_by_family: dict from family to observed `Tables`.
    """
    found = {}
    for tables in tables_by_family.values():
        for _table, _chain, rule in tables.rules_of_ours():
            key = port_key(rule)
            if key is not None and rule.counters:
                packets, count = (int(number) for number in _COUNTERS.match(rule.counters).groups())
                before = found.get(key, (0, 0))
                found[key] = (before[0] + packets, before[1] + count)
    return found
