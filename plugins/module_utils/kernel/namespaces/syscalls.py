# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""System calls that Python has no function for, or only from 3.12 on.

pyroute2 has some in `pyroute2.netns`, and they are not used. Every run enters namespaces, also one that changes nothing
and would import pyroute2 for that: 115 ms. Its `setns` is as good as ours where it is given an open file; given a
name, it and `pushns` make the namespace if there is none. Its `create` starts a process for each namespace, 5 ms beside
0.4, and gives it its name before it can have our mark.
"""

from __future__ import annotations

import fcntl
import functools
import os

CLONE_NEWNET = 0x40000000
MS_BIND, MS_REC, MS_SHARED = 0x1000, 0x4000, 0x100000
MNT_DETACH, UMOUNT_NOFOLLOW = 2, 8
_NS_GET_NSTYPE = 0xB703


@functools.cache
def _libc():
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def _call(name, *arguments):
    import ctypes

    if getattr(_libc(), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def setns(descriptor):
    """Move the calling thread into the network namespace of an open file. Raises OSError."""
    _call("setns", descriptor, CLONE_NEWNET)


def unshare():
    """Move the calling thread into a new network namespace. Raises OSError."""
    _call("unshare", CLONE_NEWNET)


def mount(source, target, flags):
    """Bind, or change the propagation of, a mount. Raises OSError."""
    import ctypes

    _call("mount", os.fsencode(source), os.fsencode(target), b"none", ctypes.c_ulong(flags), None)


def unmount(target):
    """Detach the topmost mount on a file, in use or not. Raises OSError: EINVAL where nothing is mounted."""
    _call("umount2", os.fsencode(target), MNT_DETACH | UMOUNT_NOFOLLOW)


def is_network_namespace(descriptor):
    """Tell whether an open file is a network namespace."""
    try:
        return fcntl.ioctl(descriptor, _NS_GET_NSTYPE) == CLONE_NEWNET
    except OSError:
        return False
