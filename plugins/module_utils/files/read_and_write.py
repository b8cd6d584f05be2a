# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that reads and writes files of networks."""

from __future__ import annotations

import glob
import os
import tempfile

from ansible_collections.hostnet.containers.plugins.module_utils.errors import SystemFailure

PATTERNS = (
    *("/etc/hostnet/networks/*.json", "/etc/hostnet/hosts/*", "/etc/hostnet/dns/*/hosts"),
    *("/etc/netns/*/hosts", "/etc/netns/*/resolv.conf"),
)
_RESOLVERS = ("/run/systemd/resolve/resolv.conf", "/etc/resolv.conf")
_OWN_FOLDERS = ("/etc/hostnet/networks", "/etc/hostnet/hosts", "/etc/hostnet/dns", "/etc/hostnet")
_LOOPBACK = ("127.", "::1")


def read_files():
    """Return the files of networks, and those of others in the same places: dict from path to text."""
    found = {}
    for path in (path for pattern in PATTERNS for path in glob.glob(pattern)):
        try:
            found[path] = _content(path)
        except FileNotFoundError:
            continue
    return found


def read_resolvers():
    """Return the addresses of the host's name servers that can be reached from elsewhere, as text."""
    for path in _RESOLVERS:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                words = [line.split() for line in file]
        except OSError:
            continue
        servers = [word[1] for word in words if len(word) > 1 and word[0] == "nameserver"]
        reachable = tuple(server for server in servers if not server.startswith(_LOOPBACK))
        if reachable:
            return reachable
    return ()


def write_file(step):
    """Write a file, or make a link.

    A file that is there keeps its inode: programs in running namespaces have it mounted over ``/etc/hosts``. It is
    overwritten by one call, so that no reader finds half of it. A new one appears whole.

    Raises:
        SystemFailure: the reason of the system.
    """
    # Programs without rights read them: those in containers, and DNS servers.
    mask = os.umask(0o022)
    try:
        os.makedirs(os.path.dirname(step.path), exist_ok=True)
        if step.text.startswith("-> "):
            _replace(step.path, lambda temporary: _link(step.text[3:], temporary))
        elif os.path.isfile(step.path) and not os.path.islink(step.path):
            _overwrite(step.path, step.text.encode())
        else:
            _replace(step.path, lambda temporary: _create(temporary, step.text))
    except OSError as error:
        raise SystemFailure("cannot write %s: %s" % (step.path, error.strerror)) from error
    finally:
        os.umask(mask)


def remove_file(step):
    """Remove a file, and its folder if that was the last one. One that is gone is no failure. Raises SystemFailure."""
    try:
        os.unlink(step.path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise SystemFailure("cannot remove %s: %s" % (step.path, error.strerror)) from error
    for folder in (os.path.dirname(step.path), *_OWN_FOLDERS):
        try:
            os.rmdir(folder)
        except OSError:
            continue


def _content(path):
    if os.path.islink(path):
        return "-> " + os.readlink(path)
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def _link(target, path):
    os.unlink(path)
    os.symlink(target, path)


def _create(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o644)


def _replace(path, make):
    handle, temporary = tempfile.mkstemp(prefix=".hostnet-", dir=os.path.dirname(path))
    os.close(handle)
    try:
        make(temporary)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


def _overwrite(path, content):
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        missing = os.fstat(handle).st_size - len(content)
        os.pwrite(handle, content + b"\n" * max(missing, 0), 0)
        os.ftruncate(handle, len(content))
    finally:
        os.close(handle)
