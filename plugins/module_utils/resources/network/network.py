# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks: from the declared to the resources that they consist of."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.declaration import Declaration
from ansible_collections.hostnet.containers.plugins.module_utils.declare.dns_server import DnsServer
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network, attachments
from ansible_collections.hostnet.containers.plugins.module_utils.declare.veth_pair import VethPair
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict, Missing
from ansible_collections.hostnet.containers.plugins.module_utils.resources.ipv6 import ipv6_key
from ansible_collections.hostnet.containers.plugins.module_utils.resources.network.allocation import with_addresses
from ansible_collections.hostnet.containers.plugins.module_utils.resources.network.parts import KINDS, checked_parts
from ansible_collections.hostnet.containers.plugins.module_utils.resources.network.paths import Paths
from ansible_collections.hostnet.containers.plugins.module_utils.resources.network.recorded import (
    as_recorded,
    leans_on_record,
    with_attachments_settled,
    with_kept,
)
from ansible_collections.hostnet.containers.plugins.module_utils.resources.network.uplink import with_uplink_mtu
from ansible_collections.hostnet.containers.plugins.module_utils.resources.veth_pair.address_conflicts import held
from ansible_collections.hostnet.containers.plugins.module_utils.state.observation_needs import ObservationNeeds


def observation_needs(item):
    """What has to be observed for a declared network."""
    keys = {(container.namespace, key) for container in item.containers or () for key, _value in container.sysctls}
    keys |= {("*", ipv6_key("*")), (None, ipv6_key(item.bridge_name))}
    sources = {container.as_netns(item.name).source for container in item.containers or ()} - {None}
    return ObservationNeeds(
        links=True,
        owned_namespaces=True,
        firewall=True,
        files=True,
        routes=True,
        sysctls=frozenset(keys),
        sources=frozenset(sources),
    )


def expanded(state, declaration):
    """Replace networks by their parts.

    Args:
        state: the observed host.
        declaration: may hold networks; other resources stay as they are.

    Returns:
        tuple: the host with the networks on record, and the declaration of their parts.

    Raises:
        Invalid: the module of a part of a network would refuse it.
        Conflict, Missing: the networks do not fit each other or the host.
    """
    present = {item.name: item for item in declaration.present if isinstance(item, Network)}
    absent = {item.name for item in declaration.absent if isinstance(item, Network)}
    if not present and not absent:
        return state, declaration
    paths = _paths(declaration, present)
    damaged = {name: reason for name, reason in state.damaged.items() if name not in absent}
    for name in present:
        if name in damaged:
            raise Conflict("network %s: %s" % (name, damaged[name]))
    recorded = {name: item for name, item in state.networks.items() if name not in absent}
    merged = {
        name: with_uplink_mtu(state, with_kept(item, recorded.get(name)), recorded.get(name))
        for name, item in present.items()
    }
    recorded = {name: with_attachments_settled(item, merged) for name, item in recorded.items() if name not in present}
    networks = {**recorded, **merged}
    state = dataclasses.replace(state, damaged=damaged, on_record=recorded)
    _check(networks, state.networks, absent, damaged)
    _check_declared(networks, present, paths)
    networks = with_addresses(networks, _former(state), _taken_by_others(state, networks, absent))
    parts = checked_parts(networks, set(present), paths)
    purged = [
        (kind, name) for name in sorted({*absent, *(name for name in present if present[name].purge)}) for kind in KINDS
    ]
    # Not a thing of its own that would stay without purge, but an option that is on or off.
    purged += [(DnsServer, name) for name in sorted(present) if not present[name].purge]
    others = [item for item in declaration.present if not isinstance(item, Network)]
    return dataclasses.replace(
        state, networks={name: as_recorded(item) for name, item in networks.items()}
    ), Declaration(
        present=(*others, *parts),
        absent=(
            *(item for item in declaration.absent if not isinstance(item, Network)),
            *_replaced_pairs(state, present, parts),
        ),
        purged=(*declaration.purged, *purged),
    )


def _replaced_pairs(state, present, parts):
    """Without purge a declared container keeps its ports, but what connects it is what is declared."""
    declared = {part.key for part in parts if isinstance(part, VethPair)}
    namespaces = {
        (name, container.namespace)
        for name, item in present.items()
        if not item.purge
        for container in item.containers or ()
    }
    return [
        VethPair(name=link.name, netns=link.netns, peer=link.peer)
        for link in state.links.values()
        if (link.owner, link.netns) in namespaces and link.name not in declared
    ]


def _paths(declaration, present):
    """The user's paths; what no user wrote is named by its network."""
    prefixes = dict(zip((item.name for item in declaration.present), declaration.prefixes))
    return Paths(
        {name: prefixes[name] for name in present if name in prefixes},
        {name: len(item.containers or ()) for name, item in present.items()},
    )


def _check_declared(networks, present, paths):
    """Refuse what a network cannot be with what stays of its record, and addresses that are in no subnet."""
    for name, item in present.items():
        if leans_on_record(item):
            networks[name].check("network %s, with what is on record: " % name)
        for position, container in enumerate(networks[name].containers or ()):
            where = paths.of_container(networks[name], position)
            for number, attachment in enumerate(container.networks):
                network = networks[attachment.name]
                # One that check mode takes for granted has none.
                if network.subnets:
                    path = "%snetworks[%d]." % (where, number)
                    network.check_addresses(container.name, attachment.addresses or (), path)


def _check(networks, former, absent, damaged):
    bridges, namespaces = {}, {}
    for name, network in networks.items():
        other = bridges.setdefault(network.bridge_name, name)
        if other != name:
            raise Conflict("network %s: bridge %s is already that of network %s" % (name, network.bridge_name, other))
        for container in network.containers or ():
            other = namespaces.setdefault(container.namespace, name)
            if other != name:
                raise Conflict(
                    "network %s: container %s: namespace %s is already that of a container of network %s; if it is the "
                    "same one, list %s under its networks there, else give this one another namespace with netns"
                    % (name, container.name, container.namespace, other, name)
                )
    for owner, container, attachment in attachments(networks):
        if attachment.name in damaged:
            raise Conflict(
                "network %s: container %s is attached to network %s: %s"
                % (owner, container.name, attachment.name, damaged[attachment.name])
            )
        if attachment.name not in networks:
            gone = (
                "is removed by this call"
                if attachment.name in absent and attachment.name in former
                else "is not declared"
            )
            raise Missing(
                "network %s: container %s is attached to network %s, which %s"
                % (owner, container.name, attachment.name, gone)
            )


def _former(state):
    """The addresses that containers have on record, or, where there is none, on their interfaces."""
    found = {}
    for link in state.links.values():
        owner = link.master and state.links.get(link.master)
        if link.netns is not None and owner is not None and owner.ours:
            found[owner.owner, link.netns] = tuple(held(state, link))
    for _owner, container, attachment in attachments(state.networks):
        found[attachment.name, container.name] = tuple(attachment.addresses or ())
    return found


def _taken_by_others(state, networks, absent):
    """Addresses on the bridges that belong to no container of the networks, nor of those that the call removes."""
    known = {(attachment.name, container.namespace) for _owner, container, attachment in attachments(networks)}
    owners = {*networks, *absent}
    bridges = {network.bridge_name: name for name, network in networks.items()}
    taken = {}
    for link in state.links.values():
        name = bridges.get(link.master)
        if name is None or link.netns is None or (name, link.netns) in known or link.owner in owners:
            continue
        taken.setdefault(name, set()).update(item.ip for item in held(state, link))
    return taken
