# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How IP forwarding was, noted once more outside the firewall, so that a flush of all rules does not lose it.

Kernel settings end with the boot, and so do the notes in ``/run``. A note counts only for the network namespace that
it was written for.
"""

from __future__ import annotations

import os

from ansible_collections.hostnet.containers.plugins.module_utils.errors import SystemFailure
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.rule_comments import switch_of, switch_words
from ansible_collections.hostnet.containers.plugins.module_utils.plain_files import (
    private_folder,
    read_private,
    write_whole,
)

FOLDER = "/run/hostnet"


def recall(family):
    """Return the `Switch` that was noted for a family, or None."""
    try:
        number, *words = read_private(_path(family)).decode("ascii").split()
        return switch_of(words) if number == _namespace() and words else None
    except (OSError, ValueError, TypeError):
        return None


def note(family, switch):
    """Note a `Switch`; None removes the note.

    Raises:
        SystemFailure: with the reason.
    """
    path = _path(family)
    try:
        if switch is None:
            if os.path.lexists(path):
                os.unlink(path)
            return
        private_folder(FOLDER)
        text = "%s %s\n" % (_namespace(), " ".join(switch_words(switch)))
        write_whole(path, text.encode("ascii"), mode=0o600)
    except OSError as error:
        raise SystemFailure("the note %s cannot be written: %s" % (path, error.strerror)) from error


def _path(family):
    return os.path.join(FOLDER, "forwarding-%d" % family)


def _namespace():
    return str(os.stat("/proc/self/ns/net").st_ino)
