# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks that check mode takes for granted: made, or no longer used, by earlier tasks that were only checked."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.files.layout import lay_out_files
from ansible_collections.hostnet.containers.plugins.module_utils.resources.veth_pair import veth_pair


def with_assumed_networks(state, declaration):
    """Return the host with the networks that declared containers are on, and with none of others on what goes.

    Args:
        state: the observed host.
        declaration: may hold networks.
    """
    declared = {item.name: item for item in declaration.present if isinstance(item, Network)}
    gone = {item.name for item in declaration.absent if isinstance(item, Network)}
    if not declared and not gone:
        return state
    missing = {
        name: attachments
        for name, attachments in _further(declared).items()
        if name not in {*declared, *state.networks}
    }
    networks = {
        **state.networks,
        **{name: _guessed(name, found) for name, found in missing.items() if name not in gone},
    }
    left = {name for name in gone if name in networks}
    for name, network in networks.items():
        if name not in declared and name not in gone and left:
            networks[name] = _off(network, left)
    if networks == state.networks:
        return state
    state = _without_pairs(state, {name for name, item in networks.items() if item != state.networks.get(name)}, left)
    return _as_recorded(state, networks)


def _further(declared):
    """The networks that containers of others are on: a dict from name to attachments."""
    found = {}
    for network in declared.values():
        for container in network.containers or ():
            for further in container.networks:
                found.setdefault(further.name, []).append(further)
    return found


def _guessed(name, attachments):
    """A network of which is known what the addresses on it tell."""
    interfaces = (item for attachment in attachments for item in attachment.addresses or ())
    subnets = dict.fromkeys(item.network for item in interfaces if hasattr(item, "network"))
    return Network(name=name, subnets=tuple(subnets))


def _off(network, gone):
    containers = tuple(
        dataclasses.replace(item, networks=tuple(further for further in item.networks if further.name not in gone))
        for item in network.containers or ()
    )
    return dataclasses.replace(network, containers=containers or None)


def _without_pairs(state, owners, gone):
    """The host without the pairs by which containers of these owners are on bridges of what goes."""
    bridges = {state.networks[name].bridge_name for name in gone}
    names = {link.name for link in state.links.values() if link.owner in owners and link.master in bridges}
    if not names:
        return state
    table = state.bridge_table
    if table is not None:
        table = dataclasses.replace(
            table,
            ports=table.ports - names,
            guards={name: found for name, found in table.guards.items() if name not in names},
            reflecting=table.reflecting - names,
            apart=table.apart - names,
        )
    return dataclasses.replace(veth_pair.removed(state, sorted(names)), bridge_table=table)


def _as_recorded(state, networks):
    """The host with these networks on record; what its files differ by otherwise, they go on to differ by."""
    former = lay_out_files(state, state.networks)
    state = dataclasses.replace(state, networks=networks)
    wanted = lay_out_files(state, networks)
    files = {path: text for path, text in state.files.items() if path in wanted or path not in former}
    files.update((path, text) for path, text in wanted.items() if former.get(path) != text)
    return dataclasses.replace(state, files=files)
