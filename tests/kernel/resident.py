# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process that stays in a place and calls functions there: a test that acts there often pays one fork for all."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback

from hosts import child


class Resident:
    """Ends with `close`, or with the test process."""

    def __init__(self, place, prepare=None):
        """Move a child into a place; there it first calls `prepare`."""
        self._ours, theirs = multiprocessing.Pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _serve(theirs, place.enter, prepare)
        theirs.close()

    def call(self, function, *args):
        """Return function(*args) as called in the place."""
        self.begin(function, *args)
        return self.end()

    def begin(self, function, *args):
        """Let a call begin; `end` waits for what it returns."""
        self._ours.send((function, args))

    def running(self):
        """Whether the call that began has not ended yet."""
        return not self._ours.poll()

    def end(self, timeout=60):
        """Return what the call returned."""
        if not self._ours.poll(timeout):
            raise child.ChildFailed("no answer within %d seconds" % timeout)
        kind, value = self._ours.recv()
        if kind == "error":
            raise child.ChildFailed(value)
        return value

    def close(self):
        """End the process, whatever it does."""
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        self._ours.close()


def _serve(channel, enter, prepare):
    """Body of the child; never returns."""
    try:
        child.die_with_parent()
        enter()
        if prepare is not None:
            prepare()
        while True:
            function, args = channel.recv()
            try:
                outcome = ("value", function(*args))
            except Exception:  # pylint: disable=broad-exception-caught
                outcome = ("error", traceback.format_exc())
            channel.send(outcome)
    finally:
        os._exit(1)
