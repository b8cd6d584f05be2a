# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a host as its networks need them."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict
from ansible_collections.hostnet.containers.plugins.module_utils.files.hosts_and_resolv_conf import (
    NETNS_FOLDER,
    is_ours,
    name_files,
)
from ansible_collections.hostnet.containers.plugins.module_utils.files.records import path_of, text_of


def lay_out_files(state):
    """Return all files of ours after a plan: dict from path to text.

    Raises:
        Conflict: a file of somebody else is in the way.
    """
    wanted = name_files(state.networks, state.resolvers)
    wanted.update((path_of(name), text_of(network)) for name, network in state.networks.items())
    for path in wanted:
        present = state.files.get(path)
        if present is not None and path.startswith(NETNS_FOLDER) and not is_ours(present):
            raise Conflict("%s was not written by this collection; remove it, or choose another namespace" % path)
    kept = {path: text for path, text in state.files.items() if path.startswith(NETNS_FOLDER) and not is_ours(text)}
    return {**kept, **wanted}
