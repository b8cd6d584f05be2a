# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks that are on the host, and whose records are not."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.files.hosts_and_resolv_conf import (
    hosts_file,
    looks_ours,
)
from ansible_collections.hostnet.containers.plugins.module_utils.files.records import path_of
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.dns import PREFIX, network_of


def lost_records(state):
    """Return a dict from the name of each network that has left traces, but no record, to a sentence that says so.

    What single modules declare has an owner, too, and no record. Only a network has names for its containers, a DNS
    server, or a bridge that is named after it.

    Args:
        state: the observed host.
    """
    named = {
        namespace.owner
        for name, namespace in state.namespaces.items()
        if namespace.ours and hosts_file(name) in state.files and looks_ours(state.files[hosts_file(name)])
    }
    bridges = [link for link in state.links.values() if link.kind == "bridge" and link.ours]
    named |= {link.owner for link in bridges if link.name == Network(name=link.owner).bridge_name}
    named |= {network_of(unit) for unit in state.units or {} if unit.startswith(PREFIX)}
    lost = sorted(named - {*state.networks, *state.damaged})
    return {name: "its record %s is gone; declare the network anew" % path_of(name) for name in lost}
