# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of resource, in the order in which they build on each other."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.declare.bridge import Bridge
from ansible_collections.hostnet.containers.plugins.module_utils.declare.dns_server import DnsServer
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding
from ansible_collections.hostnet.containers.plugins.module_utils.declare.masquerade import Masquerade
from ansible_collections.hostnet.containers.plugins.module_utils.declare.netns import Netns
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish
from ansible_collections.hostnet.containers.plugins.module_utils.declare.veth_pair import VethPair
from ansible_collections.hostnet.containers.plugins.module_utils.resources import bridge, dns, masquerade, netns
from ansible_collections.hostnet.containers.plugins.module_utils.resources.forwarding import forwarding
from ansible_collections.hostnet.containers.plugins.module_utils.resources.network import network
from ansible_collections.hostnet.containers.plugins.module_utils.resources.port_publish import port_publish
from ansible_collections.hostnet.containers.plugins.module_utils.resources.veth_pair import veth_pair
from ansible_collections.hostnet.containers.plugins.module_utils.state.observation_needs import ObservationNeeds

KINDS = {
    Netns: netns,
    Bridge: bridge,
    Forwarding: forwarding,
    VethPair: veth_pair,
    Masquerade: masquerade,
    PortPublish: port_publish,
    DnsServer: dns,
}


def observation_needs(declaration):
    """Return what has to be observed for a declaration."""
    needs = ObservationNeeds()
    for item in declaration.resources:
        needs |= (
            network.observation_needs(item) if isinstance(item, Network) else KINDS[type(item)].observation_needs(item)
        )
    for kind, _owner in declaration.purged:
        needs |= KINDS[kind].purge_needs()
    return needs


def declared(state, declaration):
    """Return the host as a declaration wants it. What goes, goes first, so that names and ports are free again."""
    for kind, module in reversed(list(KINDS.items())):
        absent = [item for item in declaration.absent if isinstance(item, kind)]
        if absent:
            state = module.absent(state, absent)
        heirs = {item.key: item.owner for item in declaration.present if isinstance(item, kind)}
        for purged_kind, owner in declaration.purged:
            if purged_kind is kind:
                state = _purged(state, module, owner, heirs)
    for kind, module in KINDS.items():
        present = [item for item in declaration.present if isinstance(item, kind)]
        if present:
            state = module.present(state, present)
    return state


def _purged(state, module, owner, heirs):
    """What an owner does not declare any more goes; what another declares in the same call becomes that one's."""
    owned = set(module.owned(state, owner))
    state = module.removed(state, owned - set(heirs))
    return module.handed_over(state, {key: heirs[key] for key in sorted(owned & set(heirs)) if heirs[key] != owner})
