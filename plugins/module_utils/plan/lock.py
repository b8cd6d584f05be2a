# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Concurrent runs on one host take turns.

The lock lies in a folder that only root can enter: whoever can open a file can lock it, and keep every run waiting.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time

from ansible_collections.hostnet.containers.plugins.module_utils.errors import SystemFailure
from ansible_collections.hostnet.containers.plugins.module_utils.plain_files import is_private, private_folder

FOLDER = "/run/hostnet"
TIMEOUT = 60.0
_PAUSE = 0.05
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextlib.contextmanager
def locked(folder=FOLDER, timeout=TIMEOUT):
    """Hold the lock of the host. The kernel lets it go when the process ends, however it ends.

    Args:
        folder: where the lock file lies.
        timeout: seconds to wait for another run.

    Raises:
        SystemFailure: if the lock could not be had in time, or something else lies in its place.
    """
    private_folder(folder)
    path = os.path.join(folder, "lock")
    handle = _acquired(path, timeout)
    try:
        os.ftruncate(handle, 0)
        with contextlib.suppress(OSError):
            os.pwrite(handle, b"%d" % os.getpid(), 0)
        yield
    finally:
        os.close(handle)


def _acquired(path, timeout):
    """Whoever waited for a file that was replaced meanwhile waits for the new one."""
    deadline = time.monotonic() + timeout
    while True:
        handle = _opened(path)
        try:
            _wait(handle, path, deadline, timeout)
            if _is_at(handle, path):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _opened(path):
    """Open the lock file; what others could open, or is no file, is removed first, for they may have it open still."""
    for _attempt in range(3):
        try:
            handle = os.open(path, _FLAGS, 0o600)
        except OSError as error:
            _remove(path, error)
            continue
        status = os.fstat(handle)
        if stat.S_ISREG(status.st_mode) and is_private(status) and not status.st_mode & 0o077:
            return handle
        os.close(handle)
        _remove(path, None)
    raise SystemFailure("something replaces %s again and again; find out what does, then try again" % path)


def _remove(path, cause):
    try:
        if cause is not None and not os.path.lexists(path):
            raise cause
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise SystemFailure(
            "%s cannot be used as a lock (%s); remove what is there, then try again" % (path, error.strerror)
        ) from error


def _is_at(handle, path):
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(found, os.fstat(handle))


def _wait(handle, path, deadline, timeout):
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
                raise SystemFailure(
                    "another run of this collection (process %s) has held %s for more than %g seconds; "
                    "wait for it to end, then try again" % (holder, path, timeout)
                ) from None
            time.sleep(_PAUSE)
