# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Named network namespaces, as ``ip netns` keeps them: files under ``/run/netns`` with a namespace mounted on each."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import ownership_marks
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import link_settings
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces import owner_notes, syscalls
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces.owner_notes import OwnerNote
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces.sessions import FOLDER, path_of
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused, Session
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import Namespace

_LOOPBACK = 1
_OWN = "/proc/thread-self/ns/net"


def names():
    """Return a dict from each name to a bare `Namespace`, without looking into any."""
    try:
        entries = os.listdir(FOLDER)
    except FileNotFoundError:
        return {}
    device = os.stat(_OWN).st_dev
    found = {name: _named(name, device) for name in sorted(entries)}
    return {name: namespace for name, namespace in found.items() if namespace is not None}


def _named(name, device):
    """A name may be a link, or lead to a pipe or a folder of others.

    Nothing is lost with an empty file, such as an interrupted run's, or with a link to a process that is gone.
    """
    try:
        status = os.lstat(path_of(name))
    except OSError:
        return None
    with contextlib.suppress(OSError):
        target = os.stat(path_of(name))
        if target.st_dev == device:
            return Namespace(name, inode=target.st_ino)
    return Namespace(name, debris=stat.S_ISREG(status.st_mode) and status.st_size == 0 or _is_stale(path_of(name)))


def _is_stale(path):
    """Whether a name is a link to the namespace of a process that is gone."""
    return os.path.islink(path) and not os.path.exists(path) and os.readlink(path).startswith("/proc/")


def own_inode():
    """Return the number of the host's own namespace."""
    return os.stat(_OWN).st_ino


def inode_of(source):
    """Return the number of the namespace of ``("pid", number)`` or ``("path", file)``; None if there is none."""
    try:
        status = os.stat(file_of(source))
    except OSError:
        return None
    return status.st_ino if status.st_dev == os.stat(_OWN).st_dev else None


def file_of(source):
    """Return the file of the namespace of ``("pid", number)`` or ``("path", file)``."""
    kind, where = source
    return "/proc/%d/ns/net" % where if kind == "pid" else where


def create(netlink, step):
    """Make a namespace. Its name appears with its mark. Raises Refused, OSError."""
    _prepare_folder(netlink)
    _reserve(step.name)
    try:
        _in_a_thread(_born, step)
    except Exception:
        _undo(step.name)
        raise


def attach(netlink, step):
    """Give a name to somebody else's namespace. Raises Refused, OSError."""
    source = file_of(step.source)
    descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not syscalls.is_network_namespace(descriptor):
            raise Refused(errno.EINVAL, "%s is not a network namespace" % source)
        _prepare_folder(netlink)
        _reserve(step.name)
        try:
            _in_a_thread(_named_by, step, descriptor)
        except OSError:
            _undo(step.name)
            raise
    finally:
        os.close(descriptor)


def adopt(netlink, step):
    """Note whose a namespace of an earlier version is; for no owner, forget it. Raises OSError, SystemFailure."""
    if step.owner is None:
        owner_notes.forget(step.name)
    else:
        _note(netlink, step.name, OwnerNote(step.owner, attached=False))


def hand_over(netlink, step):
    """Note another owner. Raises Refused, OSError, SystemFailure."""
    if not step.attached:
        netlink.inside(step.name, _mark, step.owner)
    _note(netlink, step.name, OwnerNote(step.owner, step.attached))


def _note(netlink, name, note):
    inode = os.stat(path_of(name)).st_ino
    cookie = netlink.inside(name, lambda session: session.namespace_cookie())
    owner_notes.remember(name, note, inode, cookie)


def _mark(session, owner, up=None):
    link_settings.set_link(session, _LOOPBACK, alias=ownership_marks.alias_of(owner), up=up)


def delete(netlink, step):
    """Remove a name, whatever state it is in. Raises OSError."""
    netlink.leave(step.name)
    _undo(step.name)


def _undo(name):
    """The note goes last: while the name is there, it is known whose it is."""
    _release(name)
    owner_notes.forget(name)


def _in_a_thread(function, *arguments):
    """Call a function in a thread of its own, which may end in another namespace. Raises what it raises."""
    outcome = []

    def run():
        try:
            function(*arguments)
        except Exception as error:  # pylint: disable=broad-exception-caught
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join()
    if outcome:
        raise outcome[0]


def _born(step):
    """The name appears when it is noted whose it is."""
    session = Session()
    try:
        syscalls.unshare()
        _mark(session, step.owner, up=step.loopback or None)
        note = OwnerNote(step.owner, attached=False)
        owner_notes.remember(step.name, note, os.stat(_OWN).st_ino, session.namespace_cookie())
        syscalls.mount(_OWN, path_of(step.name), syscalls.MS_BIND)
    finally:
        session.close()


def _named_by(step, descriptor):
    session = Session()
    try:
        syscalls.setns(descriptor)
        note = OwnerNote(step.owner, attached=True)
        owner_notes.remember(step.name, note, os.fstat(descriptor).st_ino, session.namespace_cookie())
        syscalls.mount("/proc/self/fd/%d" % descriptor, path_of(step.name), syscalls.MS_BIND)
    finally:
        session.close()


def _prepare_folder(netlink):
    """Make the folder a shared mount, so that names made and removed here do so in other mount namespaces, too."""
    if netlink.folder_is_ready:
        return
    os.makedirs(FOLDER, mode=0o755, exist_ok=True)
    try:
        syscalls.mount("", FOLDER, syscalls.MS_SHARED | syscalls.MS_REC)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        syscalls.mount(FOLDER, FOLDER, syscalls.MS_BIND | syscalls.MS_REC)
        syscalls.mount("", FOLDER, syscalls.MS_SHARED | syscalls.MS_REC)
    netlink.folder_is_ready = True


def _reserve(name):
    """Make the file that the namespace is mounted on, or take the one that an interrupted run left."""
    if _is_stale(path_of(name)):
        os.unlink(path_of(name))
    try:
        os.close(os.open(path_of(name), os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444))
    except FileExistsError:
        if os.stat(path_of(name)).st_dev == os.stat(_OWN).st_dev:
            raise Refused(errno.EEXIST, "the name is in use") from None


def _release(name):
    """Unmount everything from the file and remove it."""
    path = path_of(name)
    while True:
        try:
            syscalls.unmount(path)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOENT):
                raise
            break
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
