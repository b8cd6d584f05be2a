# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs that are killed, or that fail, at a chosen moment. To be called in a child process in a host."""

from __future__ import annotations

import os
import signal

from hosts import module_run

PACKAGE = "ansible_collections.hostnet.containers.plugins.module_utils."


class Refusal(OSError):
    """What an injected failure looks like: the kernel said no."""


def killed_at(moment, calls):
    """Run modules; die by SIGKILL when the kernel or a program is asked for the `moment`-th time to change something.

    Returns:
        int: how often something was changed, if the run ended before.
    """
    return _run(moment, calls, lambda: os.kill(os.getpid(), signal.SIGKILL))


def failed_at(moment, calls):
    """Run modules; the `moment`-th change is refused. Returns the number of changes and the results of the modules."""
    return _run(moment, calls, _refuse)


def _refuse():
    raise Refusal(5, "injected failure")


def _run(moment, calls, event):
    seen = _watch(moment, event)
    results = [module_run.run(module, options, False, False) for module, options in calls]
    return seen[0], results


def _watch(moment, event):
    """Count netlink requests, written settings and files, mounts and programs; call `event` before the chosen one."""
    import importlib

    seen = [0]

    def watched(function):
        def wrapper(*args, **options):
            seen[0] += 1
            if seen[0] == moment:
                event()
            return function(*args, **options)

        return wrapper

    for module, owner, names in (
        ("kernel.netlink.session", "Session", ("request", "request_body")),
        ("kernel.namespaces.syscalls", None, ("mount", "unshare")),
        ("kernel.sysctls", None, ("write", "switch_forwarding")),
        ("firewall.iptables.program", "Iptables", ("write",)),
        ("firewall.nftables.program", "Nftables", ("write",)),
        ("host", None, ("write_file", "remove_file")),
        ("systemd.units", None, ("_write", "_systemctl")),
    ):
        place = importlib.import_module(PACKAGE + module)
        place = getattr(place, owner) if owner else place
        for name in names:
            setattr(place, name, watched(getattr(place, name)))
    return seen
