# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a Python function in a forked child that has moved into other namespaces.

A fork of the test process is warm: Ansible and pyroute2 are imported already, so a call costs a few
milliseconds. The test process itself never changes namespace.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import traceback

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


class ChildFailed(AssertionError):
    """The function raised in the child; the message is the child's traceback."""


def die_with_parent():
    """Ask the kernel to kill this process when the test process ends, even by kill -9."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def join(*namespace_files, root=None):
    """Move this process into namespaces, given as files of /proc/PID/ns or of /run/netns, and below a root."""
    # All are opened first: after joining a mount namespace the later paths would mean other files.
    descriptors = [os.open(path, os.O_RDONLY | os.O_CLOEXEC) for path in namespace_files]
    top = os.open(root, os.O_PATH | os.O_CLOEXEC) if root else None
    for descriptor in descriptors:
        # os.setns needs Python 3.12; Debian 12 has 3.11.
        if _libc.setns(descriptor, 0):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        os.close(descriptor)
    if top is not None:
        # In a chroot, such as a build machine may use, a mount namespace is joined at its very top: the machine's /run.
        os.fchdir(top)
        os.chroot(".")
        os.close(top)


def call(enter, function, *args, timeout=60):
    """Return function(*args) as run in a child that first called `enter`."""
    box = os.memfd_create("outcome")
    try:
        pid = os.fork()
        if pid == 0:
            _run(box, enter, function, args, timeout)
        status = os.waitpid(pid, 0)[1]
        return _outcome(box, function, status)
    finally:
        os.close(box)


def _run(box, enter, function, args, timeout):
    """Body of the child: it never returns, so that pytest's own code does not run twice."""
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(timeout)
        die_with_parent()
        enter()
        outcome = pickle.dumps(("value", function(*args)))
    except BaseException:  # pylint: disable=broad-exception-caught
        outcome = pickle.dumps(("error", traceback.format_exc()))
    os.pwrite(box, outcome, 0)
    os._exit(0)


def _outcome(box, function, status):
    size = os.fstat(box).st_size
    if not size:
        raise ChildFailed("%s: no answer (wait status %d; 14 is the timeout)" % (function.__name__, status))
    kind, value = pickle.loads(os.pread(box, size, 0))
    if kind == "error":
        raise ChildFailed(value)
    return value
