# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that reads and writes units, and talks to systemd."""

from __future__ import annotations

import os

from ansible_collections.hostnet.containers.plugins.module_utils.errors import SystemFailure
from ansible_collections.hostnet.containers.plugins.module_utils.plain_files import (
    NotPlain,
    read,
    write_whole,
)
from ansible_collections.hostnet.containers.plugins.module_utils.programs import find, run
from ansible_collections.hostnet.containers.plugins.module_utils.systemd import dns, proxy

FOLDER = "/run/systemd/system"
_PREFIXES = (proxy.PREFIX, dns.PREFIX)
_SUFFIXES = (".socket", ".service")
_PATTERNS = (proxy.PREFIX + "*.socket", dns.PREFIX + "*.service")
# As many names as fit on a command line in any case.
_AT_ONCE = 1000
_NOT_LOADED = 5


def read_units():
    """Return our units: a dict from file name to text; None on a host where systemd, or its proxy, is not there.

    The text of a socket or a DNS server that does not run is empty, so that it differs from any that should.

    Raises:
        SystemFailure: the reason of the system.
    """
    if not os.path.isdir(FOLDER) or not os.path.exists(proxy.PROGRAM) or find("systemctl") is None:
        return None
    names = [name for name in os.listdir(FOLDER) if name.startswith(_PREFIXES) and name.endswith(_SUFFIXES)]
    if not names:
        return {}
    listed = _systemctl("list-units", "--plain", "--no-legend", "--full", "--state=active", *_PATTERNS)
    active = {line.split()[0] for line in listed.splitlines() if line.strip()}
    return {name: "" if _is_started(name) and name not in active else _text(name) for name in sorted(names)}


def change_units(steps):
    """Write and remove units, all by one reload of systemd, and start the sockets and DNS servers that were written.

    What changes is stopped first, so that after an interruption at any moment the next run sees what is left to do.

    Args:
        steps: `SetUnit` and `RemoveUnit`.

    Raises:
        SystemFailure: the reason of the system.
    """
    touched = sorted({proxy.name_of(step.name) for step in steps})
    every = [name + suffix for name in touched for suffix in _SUFFIXES]
    _systemctl("stop", *every, fine=(_NOT_LOADED,))
    for step in steps:
        _write(step.name, getattr(step, "text", None))
    _systemctl("daemon-reload")
    # One that had failed would be listed for ever.
    _systemctl("reset-failed", *every, fine=range(256))
    started = [name for name in every if _is_started(name) and os.path.exists(os.path.join(FOLDER, name))]
    _systemctl("start", *started)


def reload_unit(step):
    """Have a unit read its files again; one that does not run will when it starts. Raises SystemFailure."""
    _systemctl("try-reload-or-restart", step.name)


def _is_started(name):
    """Whether a unit is started by name; the service of a proxy is by its socket."""
    return name.endswith(".socket") or name.startswith(dns.PREFIX) and name.endswith(".service")


def _text(name):
    try:
        return read(os.path.join(FOLDER, name)).decode("utf-8", "replace")
    except NotPlain:
        return ""
    except OSError as error:
        raise SystemFailure("cannot read %s: %s" % (os.path.join(FOLDER, name), error.strerror)) from error


def _write(name, text):
    """Write a unit, or remove it where there is no text; none is ever seen half written."""
    path = os.path.join(FOLDER, name)
    try:
        if text is None:
            if os.path.lexists(path):
                os.unlink(path)
            return
        write_whole(path, text.encode())
    except OSError as error:
        raise SystemFailure("cannot write %s: %s" % (path, error.strerror)) from error


def _systemctl(verb, *arguments, fine=()):
    """Return what systemctl prints. With more names than fit, it is called several times."""
    program = find("systemctl")
    if program is None:
        raise SystemFailure("there is no systemctl on the host; choose another loopback than proxy, and leave out dns")
    printed = []
    whole = verb in ("daemon-reload", "list-units")
    for first in range(0, max(len(arguments), 1), _AT_ONCE):
        some = arguments[first : first + _AT_ONCE]
        if not some and not whole:
            break
        done = run([program, verb, *some])
        if done.returncode and done.returncode not in fine:
            reason = (done.stderr.strip() or "it ends with %d" % done.returncode).splitlines()[0]
            raise SystemFailure("systemctl %s %s failed: %s" % (verb, " ".join(some[:3]), reason))
        printed.append(done.stdout)
    return "".join(printed)
