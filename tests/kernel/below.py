# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces that root in a container makes for itself."""

from __future__ import annotations

import os
import time

_SECONDS = 10


def namespace_below(place):
    """Return the number of a process that is in a network namespace of its own, until the host ends."""
    process = place.start(["unshare", "-n", "sleep", "60"])
    own = place.python(os.stat, "/proc/self/ns/net").st_ino
    until = time.monotonic() + _SECONDS
    while os.stat("/proc/%d/ns/net" % process.pid).st_ino in (own, os.stat("/proc/self/ns/net").st_ino):
        if time.monotonic() > until:
            raise AssertionError("no namespace of its own after %d seconds" % _SECONDS)
        time.sleep(0.01)
    return process.pid
