# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for systemd on a throw-away host: it runs DNS servers, and holds sockets of proxies to be listening.

It starts the very command line of a unit, as a user without other rights than the unit's. That systemd does so, the
tests of whole hosts show.
"""

from __future__ import annotations

import os

from hosts import ModuleFailed, module_run

FOLDER = "/run/systemd/system"
# One unit, one file of its name, with the number of its process if it has one.
SYSTEMCTL = r"""#!/bin/sh
cd /run/stand-in
echo "$*" >>calls
verb=$1; shift
rights=-all,+net_bind_service
for unit; do
    case $verb,$unit in
        stop,*) [ ! -s "$unit" ] || kill "$(cat "$unit")"; rm -f "$unit" ;;
        try-reload-or-restart,*) kill -HUP "$(cat "$unit")" ;;
        start,*.socket) : >"$unit" ;;
        start,hostnet-dns-*)
            command=$(sed -n 's/^ExecStart=//p' /run/systemd/system/"$unit")
            setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --bounding-set=$rights \
                --inh-caps=$rights --ambient-caps=$rights $command --keep-in-foreground >log 2>&1 &
            echo $! >"$unit" ;;
    esac
done
[ "$verb" != list-units ] || ls | sed -n '/^hostnet-/s/$/ loaded active running/p'
"""


def install(server=None):
    """Put the stand-in on a host; to be called there. With `server`, that is the name server of the host."""
    os.makedirs(FOLDER)
    os.makedirs("/run/stand-in/bin")
    with open("/run/stand-in/bin/systemctl", "w", encoding="ascii") as file:
        file.write(SYSTEMCTL)
    os.chmod("/run/stand-in/bin/systemctl", 0o755)
    if server is not None:
        with open("/etc/resolv.conf", "w", encoding="ascii") as file:
            file.write("nameserver %s\n" % server)


def run_module(host, module, check=False, **options):
    """Run a module on a host with the stand-in and return its result; a failure raises `ModuleFailed`."""
    module_run.warm_up(module)
    result = host.python(_run, module_run.run, module, options, check)
    if result.get("failed"):
        raise ModuleFailed("%s: %s" % (module, result["msg"]))
    return result


def _run(run, module, options, check):
    os.environ["PATH"] = "/run/stand-in/bin:" + os.environ["PATH"]
    return run(module, options, check, False)
