# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel settings below ``/proc/sys/net``, of the namespace of the thread that reads or writes."""

from __future__ import annotations

import errno
import os
import socket

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused
from ansible_collections.hostnet.containers.plugins.module_utils.state.forwarding_settings import REDIRECTS
from ansible_collections.hostnet.containers.plugins.module_utils.state.setting import same_setting

_ROOT = "/proc/sys"


def path_of(key):
    """Return the file of a setting.

    As with sysctl(8), the first separator is the one that counts: in ``net/ipv4/conf/eth0.100/forwarding`` dots belong
    to names, in ``net.ipv4.conf.eth0/100.forwarding`` a slash stands for the dot of a name. In a key with nothing but
    dots, an interface that has dots in its name is found among those that exist.
    """
    if key.startswith("net/"):
        return os.path.join(_ROOT, key)
    parts = [part.replace("/", ".") for part in key.split(".")]
    return os.path.join(_ROOT, *_with_interface(parts))


def key(family, device, name):
    """Return the key of an interface's setting; ``family`` is ``ipv4`` or ``ipv6``."""
    return "net/%s/conf/%s/%s" % (family, device, name)


def is_of_an_interface(key):
    """Tell whether a setting is that of one interface."""
    return key.replace("/", ".").split(".")[2:3] in (["conf"], ["neigh"])


def read(_session, keys):
    """Return a dict from each of the keys that the kernel has to its value, white space made single."""
    found = {}
    for key in keys:
        try:
            with open(path_of(key), encoding="ascii", errors="replace") as file:
                found[key] = " ".join(file.read().split())
        except OSError:
            continue
    return found


def write(_session, key, value, implied=False):
    """Write a setting, unless it is so already: where nothing can be written, nothing may need to be.

    Args:
        key: with dots or slashes, below ``net``.
        value: text.
        implied: whether a kernel without the setting needs no write.

    Raises:
        Refused: the kernel's reason.
    """
    _write(key, value, implied)


def switch_forwarding(session, key, value, implied=False):
    """Write ``net.ipv4.ip_forward``, and leave ``accept_redirects`` as it is, which the kernel turns round with it.

    One step, since a run that is killed between two of them could not be told from somebody who wanted it so.

    Args:
        session, key, value, implied: as for `write`.

    Raises:
        Refused: the kernel's reason.
    """
    kept = read(session, [REDIRECTS])
    _write(key, value, implied)
    for other, former in kept.items():
        _write(other, former, True)


def _write(key, value, implied):
    path = path_of(key)
    try:
        if not same_setting(read(None, [key]).get(key), value):
            with open(path, "w", encoding="ascii") as file:
                file.write(value)
    except FileNotFoundError as error:
        if not implied:
            raise Refused(errno.ENOENT, "there is no setting %s" % path) from error
    except OSError as error:
        raise Refused(error.errno, "%s: %s" % (path, error.strerror)) from error


def _with_interface(parts):
    """Join those parts that are the name of one interface: the longest that exists."""
    if len(parts) > 5 and parts[2] in ("conf", "neigh"):
        names = {name for _index, name in socket.if_nameindex()}
        for end in range(len(parts) - 1, 4, -1):
            name = ".".join(parts[3:end])
            if name in names:
                return parts[:3] + [name] + parts[end:]
    return parts
