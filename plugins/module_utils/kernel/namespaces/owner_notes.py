# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who a namespace is of: notes that only root of the host can read or write.

Nothing inside a namespace tells, since root in a container can write all of it. Names live in ``/run`` and end with the
boot, and so do these notes. A note counts only for the namespace that it was written for, known by its number on the
host, which the kernel gives again once a namespace is gone, and by its cookie, which it does not.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces.sessions import path_of
from ansible_collections.hostnet.containers.plugins.module_utils.plain_files import (
    private_folder,
    read_private,
    write_whole,
)

FOLDER = "/run/hostnet/namespaces"
# Where earlier versions noted the names that they gave to namespaces of others.
FORMER_FOLDER = "/run/hostnet/attached"
_MADE, _ATTACHED = "made", "attached"


@dataclass(frozen=True)
class OwnerNote:
    """What is known of a namespace.

    Attributes:
        owner: who declared it.
        attached: whether it is somebody else's, to which only a name was given.
    """

    owner: str
    attached: bool


def remember(name, note, inode, cookie):
    """Write an `OwnerNote` for the namespace with this number and this cookie. Raises OSError, SystemFailure."""
    private_folder(os.path.dirname(FOLDER))
    private_folder(FOLDER)
    words = (_ATTACHED if note.attached else _MADE, str(inode), str(cookie), note.owner)
    write_whole(os.path.join(FOLDER, name), (" ".join(words) + "\n").encode(), mode=0o600)


def forget(name):
    """Remove the note of a name. Raises OSError."""
    for folder in (FOLDER, FORMER_FOLDER):
        try:
            os.unlink(os.path.join(folder, name))
        except FileNotFoundError:
            pass


def note_of(name, inode, cookie):
    """Return the `OwnerNote` of a name that stands for the namespace with this number and this cookie, or None."""
    words = _words(FOLDER, name)
    if len(words) == 4 and words[0] in (_MADE, _ATTACHED) and words[1:3] == [str(inode), str(cookie)]:
        return OwnerNote(words[3], words[0] == _ATTACHED)
    former = _words(FORMER_FOLDER, name)
    return OwnerNote(former[1], True) if len(former) == 2 and former[0] == str(inode) else None


def remove_stale():
    """Remove the notes of namespaces that are gone, as a killed run leaves them. Only for who holds the lock."""
    for folder in (FOLDER, FORMER_FOLDER):
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            if str(_number_of(name)) not in _words(folder, name):
                try:
                    os.unlink(os.path.join(folder, name))
                except OSError:
                    continue


def _words(folder, name):
    try:
        return read_private(os.path.join(folder, name)).decode("ascii").split()
    except (OSError, ValueError):
        return []


def _number_of(name):
    try:
        return os.stat(path_of(name)).st_ino
    except OSError:
        return None
