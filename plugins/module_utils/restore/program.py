# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program that restores networks at boot, and after somebody flushed the firewall. No Ansible is needed for it."""

from __future__ import annotations

import sys

from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError
from ansible_collections.hostnet.containers.plugins.module_utils.host import Host
from ansible_collections.hostnet.containers.plugins.module_utils.restore.firewall_events import settled
from ansible_collections.hostnet.containers.plugins.module_utils.restore.networks import restore

_USAGE = "usage: hostnet-restore restore | repair"


def main(arguments=None):
    """Run the program.

    ``restore`` brings every network on record back. ``repair`` does the same for a socket unit of systemd, which
    starts it at each change of the firewall: it waits until the changes have come to an end, its own included.

    Args:
        arguments: of the command line, without the program's name; by default those of this process.

    Returns:
        int: the exit status: 0 if everything is as on record, 1 if a network is not, 2 for a wrong argument.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    work = {("restore",): _restored, ("repair",): _repaired}.get(tuple(arguments))
    if work is None:
        sys.stderr.write(_USAGE + "\n")
        return 2
    try:
        return work()
    except HostnetError as error:
        sys.stderr.write("hostnet-restore: %s\n" % error)
        return 1


def _restored():
    with Host() as host:
        return _told(restore(host))


def _repaired():
    """What is done here changes the firewall, too. So it is looked at once more, until there was nothing to do."""
    status = 0
    for _round in settled():
        with Host() as host:
            restored = restore(host)
        status = _told(restored)
        if not restored.actions:
            break
    return status


def _told(restored):
    for line in restored.actions:
        sys.stdout.write(line + "\n")
    for name, reason in sorted(restored.failures.items()):
        sys.stderr.write("network %s is not restored: %s\n" % (name, reason))
    return 1 if restored.failures else 0
