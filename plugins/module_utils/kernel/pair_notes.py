# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a veth pair of ours belongs and what its container is to have there: notes beside those of namespaces.

The other end of a pair is in the hands of root in the container. It may bear another name there, or be in a namespace
below; its addresses may be anybody's. A note counts only for the host's end that it was written for, known by its
number.
"""

from __future__ import annotations

import ipaddress
import json
import os
import socket
from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.plain_files import (
    private_folder,
    read_private,
    write_whole,
)

FOLDER = "/run/hostnet/pairs"
# A container may have thousands of addresses.
_LARGEST = 2**24


@dataclass(frozen=True)
class PairNote:
    """What the host knows of a pair.

    Attributes:
        netns: the namespace that its other end belongs into.
        peer: the name that this end is to have there.
        addresses: tuple of interface addresses that it is to have.
    """

    netns: str
    peer: str
    addresses: tuple


def remember(host_end, index, note):
    """Write the `PairNote` of the host's end with this name and number. Raises OSError, SystemFailure."""
    private_folder(os.path.dirname(FOLDER))
    private_folder(FOLDER)
    told = {"index": index, "netns": note.netns, "peer": note.peer, "addresses": [str(one) for one in note.addresses]}
    write_whole(os.path.join(FOLDER, host_end), (json.dumps(told) + "\n").encode(), mode=0o600)


def forget(host_end):
    """Remove the note of a host's end, if there is one. Raises OSError."""
    try:
        os.unlink(os.path.join(FOLDER, host_end))
    except FileNotFoundError:
        pass


def note_of(host_end, index):
    """Return the `PairNote` of the host's end with this name and number; None if there is none that can be used."""
    told = _told(host_end)
    try:
        if told["index"] != index:
            return None
        addresses = tuple(ipaddress.ip_interface(one) for one in told["addresses"])
        return PairNote(str(told["netns"]), str(told["peer"]), addresses)
    except (KeyError, TypeError, ValueError):
        return None


def remove_stale():
    """Remove the notes of pairs that are gone. Only for who holds the lock."""
    try:
        names = os.listdir(FOLDER)
    except OSError:
        return
    for name in names:
        try:
            if _told(name).get("index") != _number_of(name):
                forget(name)
        except OSError:
            continue


def _told(host_end):
    try:
        found = json.loads(read_private(os.path.join(FOLDER, host_end), _LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number_of(name):
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return -1
