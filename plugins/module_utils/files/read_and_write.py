# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that reads and writes files of networks."""

from __future__ import annotations

import errno
import glob
import os

from ansible_collections.hostnet.containers.plugins.module_utils.errors import SystemFailure
from ansible_collections.hostnet.containers.plugins.module_utils.files.hosts_and_resolv_conf import (
    DNS_FOLDER,
    HOSTS_FOLDER,
    LOCAL_FOLDER,
    NETNS_FOLDER,
)
from ansible_collections.hostnet.containers.plugins.module_utils.files.records import FOLDER
from ansible_collections.hostnet.containers.plugins.module_utils.plain_files import (
    TEMPORARY,
    NotPlain,
    overwrite,
    read,
    remove_leftovers,
    write_whole,
)
from ansible_collections.hostnet.containers.plugins.module_utils.state.no_file import NoFile

# The shared hosts files were written by former versions.
PATTERNS = (
    *(FOLDER + "*.json", HOSTS_FOLDER + "*", LOCAL_FOLDER + "*", DNS_FOLDER + "*/hosts"),
    *(NETNS_FOLDER + "*/hosts", NETNS_FOLDER + "*/resolv.conf"),
)
# Where temporary files of ours may be: of networks, notes and units.
_FOLDERS = (
    *(FOLDER, HOSTS_FOLDER, LOCAL_FOLDER, DNS_FOLDER + "*/", NETNS_FOLDER + "*/"),
    *("/run/hostnet/", "/run/hostnet/*/", "/run/systemd/system/"),
)
_OWN_FOLDERS = (FOLDER, HOSTS_FOLDER, LOCAL_FOLDER, DNS_FOLDER, "/etc/hostnet")
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


def read_files():
    """Return the files of networks, and those of others in the same places: dict from path to text.

    In the place of a text there may be a `NoFile`. What should be the folder of a namespace, and is none,
    is one, too, and nothing in it is looked at.
    """
    found, texts = _strange_folders(), {}
    for path in sorted(path for pattern in PATTERNS for path in glob.glob(pattern)):
        if os.path.dirname(path) in found:
            continue
        try:
            text = _content(path)
        except OSError:
            continue
        # The files of a thousand containers are all alike.
        found[path] = texts.setdefault(text, text)
    return found


def _strange_folders():
    """What lies in the place of the folders of namespaces, and is none."""
    try:
        with os.scandir(NETNS_FOLDER) as entries:
            strange = [entry for entry in entries if not entry.is_dir(follow_symlinks=False)]
    except OSError:
        return {}
    return {entry.path: NoFile(os.readlink(entry.path) if entry.is_symlink() else None) for entry in strange}


def remove_unfinished():
    """Remove the temporary files of killed runs. Only for who holds the lock."""
    remove_leftovers([folder for pattern in _FOLDERS for folder in glob.glob(pattern)])


def write_file(step):
    """Write a file.

    Names in a namespace keep their inode: programs that run there have the file mounted over ``/etc/hosts``. All other
    files are replaced whole, and a record is on the disk when this returns.

    Raises:
        SystemFailure: the reason of the system; the former file is as it was.
    """
    # Programs without rights read them: those in containers, and DNS servers.
    mask = os.umask(0o022)
    try:
        os.makedirs(os.path.dirname(step.path), exist_ok=True)
        if isinstance(step.text, NoFile):
            _link(step.text.target, step.path)
        else:
            _write(step.path, step.text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise SystemFailure(_told("write", step.path, error)) from error
    finally:
        os.umask(mask)


def remove_file(step):
    """Remove a file, and its folder if that was the last one. One that is gone is no failure. Raises SystemFailure."""
    try:
        os.unlink(step.path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise SystemFailure(_told("remove", step.path, error)) from error
    for folder in (os.path.dirname(step.path), *_OWN_FOLDERS):
        try:
            os.rmdir(folder)
        except OSError:
            continue


def _told(verb, path, error):
    remedy = "; what was there before stays; free some space, then try again" if error.errno in _NO_SPACE else ""
    return "cannot %s %s: %s%s" % (verb, path, error.strerror, remedy)


def _content(path):
    if os.path.islink(path):
        return NoFile(os.readlink(path))
    try:
        return read(path).decode("utf-8", "surrogateescape")
    except NotPlain:
        return NoFile()


def _write(path, content):
    if path.startswith(NETNS_FOLDER):
        try:
            overwrite(path, content)
            return
        except (NotPlain, FileNotFoundError):
            pass
    write_whole(path, content, lasting=path.startswith(FOLDER))


def _link(target, path):
    """Only the taking back of a step makes one: it was there before."""
    temporary = os.path.join(os.path.dirname(path), TEMPORARY + "link")
    try:
        os.symlink(target, temporary)
    except FileExistsError:
        os.unlink(temporary)
        os.symlink(target, temporary)
    os.replace(temporary, path)
