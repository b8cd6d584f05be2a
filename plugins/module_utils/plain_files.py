# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading and writing of files where others may have put something else, or where the space may be used up.

A link is not followed, and nothing but a plain file is read or written: a pipe would stop the run, and a link would
lead it elsewhere.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile

from ansible_collections.hostnet.containers.plugins.module_utils.errors import SystemFailure

TEMPORARY = ".hostnet-"
# A thousand containers have 55 KB of names.
LARGEST = 64 * 2**20
_SAFE = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_PIECE = 2**20


class NotPlain(OSError):
    """Something else than a plain file, or one that is too large."""


def read(path, largest=LARGEST):
    """Return the content of a file. Raises OSError; NotPlain for all that is not a plain file of this size."""
    handle = _opened(path, os.O_RDONLY)
    try:
        return _content(handle, path, largest)
    finally:
        os.close(handle)


def read_private(path, largest=2**16):
    """Return the content of a file that nobody but this user could write. Raises OSError, NotPlain."""
    handle = _opened(path, os.O_RDONLY)
    try:
        if not is_private(os.fstat(handle)):
            raise NotPlain(errno.EPERM, "others can write %s" % path)
        return _content(handle, path, largest)
    finally:
        os.close(handle)


def is_private(status):
    """Whether nobody but this user can write what has this status, nor has it under another name."""
    linked = status.st_nlink != 1 and not stat.S_ISDIR(status.st_mode)
    return status.st_uid == os.geteuid() and not linked and not status.st_mode & 0o022


def write_whole(path, content, mode=0o644, lasting=False):
    """Write a file so that at any moment the former one or the new one is there, whole.

    Args:
        path: of a file, which may be there.
        content: bytes.
        mode: its permissions.
        lasting: whether it has to be there after a loss of power, too.

    Raises:
        OSError: the former file is as it was.
    """
    folder = os.path.dirname(path)
    handle, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=folder)
    try:
        try:
            _write_all(handle, content, 0)
            os.fchmod(handle, mode)
            if lasting:
                os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    if lasting:
        _sync_folder(folder)


def overwrite(path, content):
    """Overwrite a plain file in place, for those who have it open or mounted; a full file system leaves it as it was.

    What is longer is first made room for by empty lines at the end, which say nothing. Then all is overwritten by one
    call, so that no reader finds half of it.

    Raises:
        OSError, NotPlain: the reason.
    """
    handle = _opened(path, os.O_RDWR)
    try:
        former = _content(handle, path, LARGEST)
        try:
            _write_all(handle, b"\n" * (len(content) - len(former)), len(former))
            _write_all(handle, content + b"\n" * (len(former) - len(content)), 0)
        except OSError:
            _put_back(handle, former)
            raise
        os.ftruncate(handle, len(content))
    finally:
        os.close(handle)


def private_folder(path):
    """Make a folder of which nobody else can read or write anything, or mend one. Raises SystemFailure."""
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | _SAFE)
        try:
            status = os.fstat(handle)
            if status.st_uid != os.geteuid():
                raise SystemFailure(
                    "%s belongs to user %d, who could mislead this run; remove it, then try again"
                    % (path, status.st_uid)
                )
            if stat.S_IMODE(status.st_mode) != 0o700:
                os.fchmod(handle, 0o700)
        finally:
            os.close(handle)
    except OSError as error:
        raise SystemFailure(
            "%s cannot be used as a folder (%s); remove what is there, then try again" % (path, error.strerror)
        ) from error


def leftovers(folder):
    """Return the temporary files that a killed run left in a folder."""
    try:
        with os.scandir(folder) as entries:
            return [
                entry.path
                for entry in entries
                if entry.name.startswith(TEMPORARY) and (entry.is_symlink() or entry.is_file(follow_symlinks=False))
            ]
    except OSError:
        return []


def remove_leftovers(folders):
    """Remove what a killed run left in folders."""
    for path in (path for folder in folders for path in leftovers(folder)):
        try:
            os.unlink(path)
        except OSError:
            continue


def _opened(path, mode):
    try:
        handle = os.open(path, mode | _SAFE)
    except OSError as error:
        # A link, a socket or a pipe that nobody writes to.
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR):
            raise NotPlain(error.errno, "%s is not a plain file" % path) from error
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NotPlain(errno.EINVAL, "%s is not a plain file" % path)
    return handle


def _content(handle, path, largest):
    pieces, position = [], 0
    while True:
        piece = os.pread(handle, _PIECE, position)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        position += len(piece)
        if position > largest:
            raise NotPlain(errno.EFBIG, "%s is larger than %d bytes" % (path, largest))


def _write_all(handle, content, position):
    """A call may write less than it was given; the next one then tells why."""
    while content:
        written = os.pwrite(handle, content, position)
        content, position = content[written:], position + written


def _put_back(handle, former):
    try:
        _write_all(handle, former, 0)
        os.ftruncate(handle, len(former))
    except OSError:
        pass


def _sync_folder(folder):
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
