# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that tell neighbours of another hardware address, for which they would look only after half a minute.

A new address is announced by whoever adds it. What stays is announced here: the addresses of an interface that got
another hardware address, and of both sides where a container came from another bridge.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.links import former
from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import Announce


def announcements(before, after):
    """Return the steps, those of containers first."""
    containers, bridges = [], set()
    for link in after.links.values():
        old = former(before, link)
        if old is None or link is old and link.netns is None:
            continue
        if link.kind == "bridge" and old.mac != link.mac:
            bridges.add(link.name)
        came = link.kind == "veth" and link.master is not None and link.master != old.master
        if came:
            bridges.add(link.master)
        if _peer(after, link) is not None and (came or _peer(before, old).mac != _peer(after, link).mac):
            containers.append(Announce(link.netns, link.peer))
    return containers + [Announce(None, name) for name in after.links if name in bridges]


def _peer(state, link):
    """The other end of a pair, where its namespace was looked into."""
    namespace = state.namespaces.get(link.netns)
    return namespace.links.get(link.peer) if namespace is not None else None
