# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which names we gave to namespaces of others.

Such a namespace bears no mark of ours: it is not ours, only its name is. Names live in ``/run`` and end with the
boot, and so do these notes. A note counts only for the namespace it was written for.
"""

from __future__ import annotations

import os

from ansible_collections.hostnet.containers.plugins.module_utils.plain_files import (
    private_folder,
    read_private,
    write_whole,
)

FOLDER = "/run/hostnet/attached"


def remember(name, owner, inode):
    """Write that a name of ours stands for the namespace with this number. Raises OSError."""
    private_folder(os.path.dirname(FOLDER))
    private_folder(FOLDER)
    write_whole(_path(name), b"%d %s\n" % (inode, owner.encode()), mode=0o600)


def forget(name):
    """Remove the note. Raises OSError."""
    try:
        os.unlink(_path(name))
    except FileNotFoundError:
        pass


def owner_of(name, inode):
    """Return who gave this name to this namespace; None if we did not."""
    try:
        number, _space, owner = read_private(_path(name)).decode().strip().partition(" ")
    except (OSError, ValueError):
        return None
    return owner if number == str(inode) and owner else None


def _path(name):
    return os.path.join(FOLDER, name)
