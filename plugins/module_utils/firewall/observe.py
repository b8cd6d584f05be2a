# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading all of a host's firewall that a plan is made from."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.forwarding_state import recall
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.read_services import read_services


def with_firewall(state, iptables, nftables):
    """Return a `State` with what its firewall holds.

    Services are read from both backends of iptables: after a change of the alternative, our rules are in the other.

    Args:
        state: the rest of the host, already observed.
        iptables: an `Iptables`.
        nftables: an `Nftables`.
    """
    families = [family for family in (4, 6) if iptables.available(family)]
    firewall = {family: iptables.read(family) for family in families}
    other = {family: iptables.read_other(family) for family in families}
    other = {family: tables for family, tables in other.items() if tables is not None}
    remembered = {family: recall(family) for family in families}
    remembered = {family: switch for family, switch in remembered.items() if switch is not None}
    services = read_services(firewall).over(read_services(other))
    return dataclasses.replace(
        state,
        firewall=firewall,
        other_firewall=other,
        remembered=remembered,
        forward_chains=nftables.forward_chains(),
        services=services,
    )
