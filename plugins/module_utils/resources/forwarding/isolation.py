# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of one bridge that may not talk to each other (``icc: false``).

Where bridged packets pass the firewall (``br_netfilter``), its rules keep the containers apart, and ports must not be
isolated: the kernel bridges packets to published ports, too. Elsewhere the ports are isolated, since the firewall does
not see what they exchange.
"""

from __future__ import annotations

import dataclasses

FILTER_KEYS = ("net.bridge.bridge-nf-call-iptables", "net.bridge.bridge-nf-call-ip6tables")


def ports_are_isolated(state, bridge):
    """Whether the ports of a bridge have to be isolated to carry out its policy."""
    policy = state.services.policies.get(bridge) if state.services else None
    if policy is None or policy.icc:
        return False
    return not all(state.sysctls.get(key) == "1" for key in FILTER_KEYS)


def with_ports_isolated(state, bridge):
    """Return the host with the ports of ours on a bridge isolated, or not, as its policy wants it."""
    isolated = ports_are_isolated(state, bridge)
    for link in list(state.links.values()):
        if link.ours and link.master == bridge and link.port is not None:
            state = state.with_link(dataclasses.replace(link, port={**link.port, "isolated": isolated}))
    return state
