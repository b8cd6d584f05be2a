# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Netlink in the host's own network namespace, and in others by a thread that stands there.

The namespace of a thread decides which network its sockets and its ``/proc/sys/net`` belong to. The main thread never
leaves the host's. One worker goes from namespace to namespace, so that consecutive steps for one cost one move.
"""

from __future__ import annotations

import os
import queue
import threading

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces import syscalls
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Session

FOLDER = "/run/netns"


def path_of(netns):
    """Return the file of a namespace."""
    return os.path.join(FOLDER, netns)


class Netlink:
    """Sessions for the host and for its namespaces. To be closed, or used by ``with``."""

    def __init__(self):
        self.host = Session()
        self.folder_is_ready = False
        self._worker = None

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def inside(self, netns, function, *arguments):
        """Call ``function(session, *arguments)`` in a namespace and return what it returns.

        Args:
            netns: name of the namespace; None for the host's own.

        Raises:
            OSError: the namespace cannot be entered; else what the function raises.
        """
        if netns is None:
            return function(self.host, *arguments)
        if self._worker is None:
            self._worker = _Worker()
        return self._worker.call(netns, function, arguments)

    def leave(self, netns):
        """Stand no longer in a namespace that is about to go: a thread in it would keep it alive."""
        if self._worker is not None and self._worker.at == netns:
            self._stop()

    def close(self):
        """Close all sockets and end the worker."""
        self._stop()
        self.host.close()

    def _stop(self):
        if self._worker is not None:
            self._worker.stop()
            self._worker = None


class _Worker:
    def __init__(self):
        self._tasks = queue.SimpleQueue()
        self.at = None
        self._session = None
        self._thread = threading.Thread(target=self._run, name="hostnet-netns", daemon=True)
        self._thread.start()

    def call(self, netns, function, arguments):
        reply = queue.SimpleQueue()
        self._tasks.put((netns, function, arguments, reply))
        result, error = reply.get()
        if error is not None:
            raise error
        return result

    def stop(self):
        self._tasks.put(None)
        self._thread.join()

    def _run(self):
        for netns, function, arguments, reply in iter(self._tasks.get, None):
            try:
                self._enter(netns)
                outcome = function(self._session, *arguments), None
            except BaseException as error:  # pylint: disable=broad-exception-caught
                outcome = None, error
            reply.put(outcome)
        self._close()

    def _enter(self, netns):
        if netns == self.at:
            return
        self._close()
        descriptor = os.open(path_of(netns), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            syscalls.setns(descriptor)
        finally:
            os.close(descriptor)
        self.at, self._session = netns, Session()

    def _close(self):
        if self._session is not None:
            self._session.close()
        self.at = self._session = None
