# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which names we gave to namespaces of others.

Such a namespace bears no mark of ours: it is not ours, only its name is. Names live in ``/run`` and end with the
boot, and so do these notes. A note counts only for the namespace it was written for.
"""

from __future__ import annotations

import os

FOLDER = "/run/hostnet/attached"


def remember(name, owner, inode):
    """Write that a name of ours stands for the namespace with this number. Raises OSError."""
    os.makedirs(FOLDER, mode=0o755, exist_ok=True)
    with open(_path("." + name), "w", encoding="utf-8") as file:
        file.write("%d %s\n" % (inode, owner))
    os.replace(_path("." + name), _path(name))


def forget(name):
    """Remove the note. Raises OSError."""
    try:
        os.unlink(_path(name))
    except FileNotFoundError:
        pass


def owner_of(name, inode):
    """Return who gave this name to this namespace; None if we did not."""
    try:
        with open(_path(name), encoding="utf-8") as file:
            number, _space, owner = file.read().strip().partition(" ")
    except OSError:
        return None
    return owner if number == str(inode) and owner else None


def _path(name):
    return os.path.join(FOLDER, name)
