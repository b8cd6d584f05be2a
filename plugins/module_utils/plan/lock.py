# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Concurrent runs on one host take turns."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time

from ansible_collections.hostnet.containers.plugins.module_utils.errors import SystemFailure

FOLDER = "/run/hostnet"
TIMEOUT = 60.0
_PAUSE = 0.05


@contextlib.contextmanager
def locked(folder=FOLDER, timeout=TIMEOUT):
    """Hold the lock of the host. The kernel lets it go when the process ends, however it ends.

    Args:
        folder: where the lock file lies.
        timeout: seconds to wait for another run.

    Raises:
        SystemFailure: if the lock could not be had in time.
    """
    os.makedirs(folder, mode=0o755, exist_ok=True)
    path = os.path.join(folder, "lock")
    with open(path, "a+", encoding="ascii") as file:
        _wait(file, path, timeout)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _wait(file, path, timeout):
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                raise SystemFailure(
                    "another run of this collection (process %s) has held %s for more than %g seconds; "
                    "wait for it to end, then try again" % (holder, path, timeout)
                ) from None
            time.sleep(_PAUSE)
