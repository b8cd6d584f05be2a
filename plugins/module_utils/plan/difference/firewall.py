# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps between two states of the firewall."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import Tables
from ansible_collections.hostnet.containers.plugins.module_utils.steps.firewall import (
    ApplyFirewall,
    RememberForwarding,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.firewall_words import (
    note_lines,
    other_lines,
    service_lines,
)


def firewall_steps(before, after):
    """Return the steps that change the rules of the backend in use."""
    return [
        ApplyFirewall(family, before.firewall[family], tables, service_lines(before, after, family))
        for family, tables in after.firewall.items()
        if before.firewall[family] != tables
    ]


def other_backend_steps(before, after):
    """Return the steps that change the rules of the backend of iptables that is not in use."""
    return [
        ApplyFirewall(family, old, tables, other_lines(old, tables, family))
        for family, tables in after.other_firewall.items()
        for old in [before.other_firewall.get(family, Tables())]
        if old != tables
    ]


def remembered_forwarding(before, after, families):
    """A note comes before what it tells of, and goes after it."""
    return [
        RememberForwarding(family, after.remembered.get(family), note_lines(before, after, family))
        for family in sorted(families)
        if before.remembered.get(family) != after.remembered.get(family)
    ]
