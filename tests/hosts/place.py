# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A place is somewhere with a network of its own: a host, a neighbour, a container. Tests act from places."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from urllib.parse import urlsplit

from hosts import answer, child, command, server


class Place:
    """The vocabulary that every place shares. A subclass says in `enter` how a process gets there."""

    def __init__(self):
        self._processes = []

    def enter(self):
        """Move the calling process into this place. Called in children only."""
        raise NotImplementedError

    # --- acting -------------------------------------------------------------------------------------

    def python(self, function, *args, timeout=60):
        """Return function(*args) as run in a child process in this place."""
        return child.call(self.enter, function, *args, timeout=timeout)

    def run(self, argv, stdin="", check=True, timeout=60):
        """Run a program to its end; `check=False` allows it to fail. Gives rc, stdout, stderr, json."""
        return command.run(self._command(argv), self._enter_to_run, stdin=stdin, check=check, timeout=timeout)

    def start(self, argv, **options):
        """Start a program that stays. It ends with the host, or by `.kill()` of what is returned."""
        process = subprocess.Popen(
            self._command(argv), preexec_fn=self._enter_to_stay, stdin=subprocess.DEVNULL, **options
        )
        self._processes.append(process)
        return process

    # --- talking ------------------------------------------------------------------------------------

    def serve_tcp(self, port, reply="hello", address="::"):
        """Start a server that tells each client `reply` and the address it came from."""
        return self._serve("tcp", port, reply, address)

    def serve_udp(self, port, reply="hello", address="::"):
        """The same for datagrams."""
        return self._serve("udp", port, reply, address)

    def ask(self, address, port, proto="tcp", timeout=2.0):
        """Ask a server at an address; returns an `Answer` or raises `Unreachable`."""
        return answer.unpack(self.python(answer.ask, address, port, proto, timeout))

    def get(self, url, timeout=2.0):
        """Ask an HTTP server; returns an `Answer` or raises `Unreachable`."""
        parts = urlsplit(url)
        path = parts.path or "/"
        return answer.unpack(self.python(answer.ask, parts.hostname, parts.port or 80, "tcp", timeout, path))

    def can_reach(self, address, port, proto="tcp", timeout=1.0):
        """Whether a server answers there. An open connection without an answer does not count."""
        try:
            self.ask(address, port, proto, timeout)
        except answer.Unreachable:
            return False
        return True

    # --- ending -------------------------------------------------------------------------------------

    def close(self):
        """End every process that was started here."""
        for process in self._processes:
            process.kill()
            process.wait()
        self._processes.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    # --- for subclasses -----------------------------------------------------------------------------

    def _command(self, argv):
        return command.words(argv)

    def _enter_to_run(self):
        self.enter()

    def _enter_to_stay(self):
        child.die_with_parent()
        self._enter_to_run()

    def _serve(self, proto, port, reply, address):
        running = server.Server(self.enter, proto, port, reply, address)
        self._processes.append(running)
        return running


def end_processes(find):
    """Kill the processes whose ids `find()` gives, until it gives none: a dying one may have started another."""
    deadline = time.monotonic() + 5
    while pids := find():
        if time.monotonic() > deadline:
            raise RuntimeError("processes %s do not end" % pids)
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.002)
