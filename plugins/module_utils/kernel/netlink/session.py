# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Netlink requests in one network namespace.

The socket is our own. Those of pyroute2 behave differently from release to release, keep one connection for each
thread from 0.9 on, and cost more to open than all that is sent over them to a container.
"""

from __future__ import annotations

import errno
import os
import socket

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format

ADD = 0x600
REPLACE = 0x500
_REQUEST, _ACKNOWLEDGE, _DUMP = 0x1, 0x4, 0x300
_DUMP_INTERRUPTED = 0x10
_ERROR, _DONE = 2, 3
_REASON = 1
_SOL_NETLINK, _CAP_ACK, _EXT_ACK = 270, 10, 11
_BUFFER = 1 << 17
_ATTEMPTS = 50


class Refused(OSError):
    """The kernel refused a request; `errno` and `strerror` say why."""


class Session:
    """A netlink socket, opened at its first use and then of the namespace that the thread stands in.

    Args:
        protocol: number of the netlink protocol.
    """

    def __init__(self, protocol=socket.NETLINK_ROUTE):
        self._protocol = protocol
        self._socket = None
        self._sequence = 0

    def dump(self, kind, message, select=None):
        """Return the bodies of all replies to a dump request.

        Args:
            kind: number of the request, such as RTM_GETLINK.
            message: a `Message`.
            select: function that tells of a reply whether it is kept; None keeps all.

        Raises:
            Refused: with the kernel's reason.
        """
        for _attempt in range(_ATTEMPTS):
            replies, interrupted = self._exchange(kind, _DUMP, message, select)
            if not interrupted:
                return replies
        raise Refused(errno.EINTR, "it does not stop changing")

    def get(self, kind, message):
        """Return the body of the reply to a request for one object, None if there is none. Raises Refused."""
        try:
            return self._exchange(kind, 0, message)[0][0]
        except Refused as error:
            if error.errno in (errno.ENODEV, errno.ENOENT, errno.ESRCH):
                return None
            raise

    def request(self, kind, message, flags=0):
        """Have the kernel change something.

        Args:
            kind: number of the request, such as RTM_NEWLINK.
            message: a `Message`.
            flags: `ADD`, `REPLACE` or none.

        Raises:
            Refused: with the kernel's reason.
        """
        self._exchange(kind, _ACKNOWLEDGE | flags, message)

    def close(self):
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchange(self, kind, flags, message, select=None):
        if self._socket is None:
            self._socket = _open(self._protocol)
        self._sequence += 1
        self._socket.send(_encoded(kind, _REQUEST | flags, self._sequence, message))
        replies, interrupted = [], False
        while True:
            for reply, reply_flags, sequence, content in wire_format.messages(self._socket.recv(_BUFFER)):
                if sequence != self._sequence:
                    continue
                interrupted = interrupted or bool(reply_flags & _DUMP_INTERRUPTED)
                if reply == _ERROR:
                    _raise_if_refused(content)
                    return replies, interrupted
                if reply == _DONE:
                    return replies, interrupted
                if select is None or select(content):
                    replies.append(content)
                if not flags:
                    return replies, interrupted


def _encoded(kind, flags, sequence, message):
    """Some callers still encode the body themselves."""
    if isinstance(message, bytes):
        return wire_format.message(kind, flags, sequence, message)
    return message.encoded(kind, flags, sequence)


def _open(protocol):
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
    for setting in (_EXT_ACK, _CAP_ACK):
        opened.setsockopt(_SOL_NETLINK, setting, 1)
    return opened


def _raise_if_refused(content):
    code = -int.from_bytes(content[:4], wire_format.ORDER, signed=True)
    if code:
        told = wire_format.attributes(content, 4 + wire_format.HEADER_SIZE).get(_REASON)
        reason = os.strerror(code)
        raise Refused(code, "%s (%s)" % (wire_format.text(told), reason) if told else reason)
