# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Netlink in one network namespace: reading by a socket of our own, writing by pyroute2."""

from __future__ import annotations

import errno
import os
import socket

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import pyroute, wire

_REQUEST, _DUMP = 1, 0x300
_DUMP_INTERRUPTED = 0x10
_ERROR, _DONE = 2, 3
_BUFFER = 1 << 17
_ATTEMPTS = 50


class Refused(OSError):
    """The kernel refused a request; `errno` and `strerror` say why."""


class Session:
    """To be used only by the thread that stands in the namespace: pyroute2 0.9 keeps a socket for each thread.

    Sockets are opened at the first use.
    """

    def __init__(self):
        self._socket = None
        self._iproute = None
        self._sequence = 0

    def dump(self, kind, body):
        """Return the bodies of all replies to a dump request.

        Args:
            kind: number of the request, such as RTM_GETLINK.
            body: header of the request, and attributes.

        Raises:
            Refused: with the kernel's reason.
        """
        for _attempt in range(_ATTEMPTS):
            replies, interrupted = self._read(kind, _REQUEST | _DUMP, body)
            if not interrupted:
                return replies
        raise Refused(errno.EINTR, "the host's network settings do not stop changing")

    def get(self, kind, body):
        """Return the body of the reply to a request for one object, or None if there is no such object."""
        try:
            return self._read(kind, _REQUEST, body)[0][0]
        except Refused as error:
            if error.errno in (errno.ENODEV, errno.ENOENT, errno.ESRCH):
                return None
            raise

    def link(self, command, **arguments):
        """Have pyroute2 add, set or delete a link. Raises Refused."""
        return self._write("link", command, arguments)

    def addr(self, command, **arguments):
        """Have pyroute2 add or delete an address. Raises Refused."""
        return self._write("addr", command, arguments)

    def route(self, command, **arguments):
        """Have pyroute2 add, replace or delete a route. Raises Refused."""
        return self._write("route", command, arguments)

    def tc(self, command, **arguments):
        """Have pyroute2 change traffic control. Raises Refused."""
        return self._write("tc", command, arguments)

    def close(self):
        """Close the sockets, by the thread that opened them."""
        if self._socket is not None:
            self._socket.close()
        if self._iproute is not None:
            self._iproute.close()
        self._socket = self._iproute = None

    def _write(self, subject, command, arguments):
        if self._iproute is None:
            self._iproute = pyroute.iproute()
        try:
            return getattr(self._iproute, subject)(command, **arguments)
        except pyroute.refusal() as error:
            raise Refused(error.code, error.args[-1]) from error

    def _read(self, kind, flags, body):
        if self._socket is None:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        self._sequence += 1
        self._socket.send(wire.message(kind, flags, self._sequence, body))
        replies, interrupted = [], False
        while True:
            for reply, reply_flags, sequence, content in wire.messages(self._socket.recv(_BUFFER)):
                if sequence != self._sequence:
                    continue
                interrupted = interrupted or bool(reply_flags & _DUMP_INTERRUPTED)
                if reply == _ERROR:
                    _raise(content)
                if reply != _DONE:
                    replies.append(content)
                if reply == _DONE or not flags & _DUMP:
                    return replies, interrupted


def _raise(content):
    code = -int.from_bytes(content[:4], wire.ORDER, signed=True)
    if code:
        raise Refused(code, os.strerror(code))
