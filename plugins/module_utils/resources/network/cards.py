# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network as calls of the card modules: what a user of these would write for it."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.as_options import as_options
from ansible_collections.hostnet.containers.plugins.module_utils.declare.bridge import Bridge
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding
from ansible_collections.hostnet.containers.plugins.module_utils.declare.masquerade import Masquerade
from ansible_collections.hostnet.containers.plugins.module_utils.declare.netns import Netns
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import parse
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish
from ansible_collections.hostnet.containers.plugins.module_utils.declare.veth_pair import VethPair
from ansible_collections.hostnet.containers.plugins.module_utils.resources.network.parts import checked_parts
from ansible_collections.hostnet.containers.plugins.module_utils.resources.network.paths import Paths

# From each card module to the kind of resource that it declares, in the order in which they build on each other.
CARDS = {
    "netns": Netns,
    "bridge": Bridge,
    "forwarding": Forwarding,
    "veth_pair": VethPair,
    "masquerade": Masquerade,
    "port_publish": PortPublish,
}


def cards_of(settled, further_networks=(), guests=(), namespaces_of_others=()):
    """Return what the card modules take for a network.

    Args:
        settled: the options of the network with nothing left to be chosen, addresses for instance.
        further_networks: the same of the further networks that its containers are on.
        guests: the same of other networks whose containers are on this one, too.
        namespaces_of_others: names of the namespaces that it only uses.

    Returns:
        dict: from module to list of dicts of options, which belong to the owner of the network's name; and from
        ``guests`` to a list of dicts with ``owner`` and ``pairs``, which belong to others.

    Raises:
        Invalid: the options are not those of a network.
    """
    network = parse(Network, settled)
    networks = {item.name: item for item in (parse(Network, options) for options in (*further_networks, *guests))}
    paths = Paths({network.name: ""}, {network.name: len(network.containers or ())})
    parts = checked_parts({**networks, network.name: network}, {network.name}, paths)
    # The module netns declares none of others; their settings come with a pair.
    settings = {item.namespace: item.sysctls for item in network.containers or ()}
    parts = [
        dataclasses.replace(part, sysctls=settings.get(part.netns, ()))
        if isinstance(part, VethPair) and part.netns in namespaces_of_others
        else part
        for part in parts
    ]
    found = {
        module: [
            as_options(part)
            for part in parts
            if isinstance(part, kind)
            and part.owner == network.name
            and not (kind is Netns and part.name in namespaces_of_others)
        ]
        for module, kind in CARDS.items()
    }
    return {**found, "guests": _guests(part for part in parts if part.owner != network.name)}


def _guests(pairs):
    by_owner = {}
    for pair in pairs:
        by_owner.setdefault(pair.owner, []).append(as_options(pair))
    return [{"owner": owner, "pairs": by_owner[owner]} for owner in sorted(by_owner)]
