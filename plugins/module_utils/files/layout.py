# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a host as its networks need them."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict
from ansible_collections.hostnet.containers.plugins.module_utils.files.hosts_and_resolv_conf import (
    NETNS_FOLDER,
    local_names_file,
    looks_ours,
    name_files,
    names_file,
    netns_of,
)
from ansible_collections.hostnet.containers.plugins.module_utils.files.records import path_of, text_of
from ansible_collections.hostnet.containers.plugins.module_utils.state.no_file import NoFile


def lay_out_files(state, recorded):
    """Return all files of ours after a plan: dict from path to content.

    Args:
        state: the host after the plan, its files still as observed.
        recorded: the networks that were on record. What a container wrote into its own files counts for nothing.

    Raises:
        Conflict: a file of somebody else is in the way.
    """
    wanted = name_files(state.networks, state.resolver)
    wanted.update((path_of(name), text_of(network)) for name, network in state.networks.items())
    ours = {container.namespace for network in recorded.values() for container in network.containers or ()}
    foreign = {path for path in state.files if _is_foreign(state, path, ours)}
    for path in wanted:
        for place in (path, path.rpartition("/")[0]):
            if place in foreign:
                raise Conflict("%s was not written by this collection; remove it, or choose another namespace" % place)
    unknown = _unknown(state)
    kept = [path for path in state.files if path in foreign or _is_of_any(unknown, state, path)]
    return {**{path: state.files[path] for path in kept}, **wanted}


def _is_foreign(state, path, ours):
    content = state.files[path]
    if looks_ours(content):
        return False
    return isinstance(content, NoFile) or path.startswith(NETNS_FOLDER) and netns_of(path) not in ours


def _unknown(state):
    """The names of networks that are on the host, and whose records are gone or cannot be read."""
    owners = {item.owner for item in state.namespaces.values()}
    owners.update(link.owner for link in state.links.values() if link.kind == "bridge")
    return {*state.damaged, *owners} - {None, *state.networks}


def _is_of_any(networks, state, path):
    """Whether a file belongs to one of these networks, and so stays as it is."""
    namespace = state.namespaces.get(netns_of(path))
    if namespace is not None and namespace.owner in networks:
        return True
    return any(path in (path_of(name), names_file(name), local_names_file(name)) for name in networks)
