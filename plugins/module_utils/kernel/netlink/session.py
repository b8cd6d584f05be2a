# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Netlink requests in one network namespace.

The socket is our own. Those of pyroute2 behave differently from release to release, keep one connection for each
thread from 0.9 on, and cost more to open than all that is sent over them to a container. What is sent is encoded by
pyroute2, see `Message`.
"""

from __future__ import annotations

import errno
import itertools
import os
import socket

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.recorded import DUMP, REQUEST, SEQUENCE

ADD = 0x600
CREATE = 0x400
REPLACE = 0x500
_ACKNOWLEDGE = 0x4
_DUMP_INTERRUPTED = 0x10
_ERROR, _DONE = 2, 3
_REASON = 1
_SOL_NETLINK, _CAP_ACK, _EXT_ACK = 270, 10, 11
_NETNS_COOKIE = 71
_BUFFER = 1 << 17
_ATTEMPTS = 50


class Refused(OSError):
    """The kernel refused a request; `errno` and `strerror` say why."""


class _Interrupted(Exception):
    """What was being listed changed meanwhile, so that the list may lack something."""


class Session:
    """A netlink socket, opened at its first use and then of the namespace that the thread stands in.

    Args:
        protocol: number of the netlink protocol.
    """

    def __init__(self, protocol=socket.NETLINK_ROUTE):
        self._protocol = protocol
        self._socket = None
        self._sequence = SEQUENCE

    def dump(self, kind, message, select=None):
        """Return the bodies of all replies to a dump request.

        Args:
            kind: number of the request, such as RTM_GETLINK.
            message: a `Message`.
            select: function that tells of a body whether it is kept; None keeps all.

        Raises:
            Refused: with the kernel's reason.
        """
        request = self._encoded(kind, REQUEST | DUMP, message)
        return self._all_replies(request, self._sequence, wire_format.body, select)

    def dump_recorded(self, request, select=None):
        """Return the bodies of all replies to a `RecordedDump`; as `dump`. Raises Refused."""
        return self._all_replies(request.bytes, SEQUENCE, wire_format.body, select)

    def read(self, kind, message):
        """Return all replies to a dump request as pyroute2 decodes them, which takes its time. Raises Refused."""
        request = self._encoded(kind, REQUEST | DUMP, message)
        return self._all_replies(request, self._sequence, message.decoded)

    def get(self, kind, message):
        """Return the body of the reply to a request for one object, None if there is none. Raises Refused."""
        try:
            return self.get_encoded(self._encoded(kind, REQUEST, message))
        except Refused as error:
            if error.errno in (errno.ENODEV, errno.ENOENT, errno.ESRCH):
                return None
            raise

    def get_encoded(self, request):
        """Return the body of the reply to a request for one object that is encoded already. Raises Refused."""
        sequence = next(wire_format.messages(request))[2]
        return wire_format.body(*next(self._replies(request, sequence)))

    def request(self, kind, message, flags=0):
        """Have the kernel change something.

        Args:
            kind: number of the request, such as RTM_NEWLINK.
            message: a `Message`.
            flags: `ADD`, `CREATE`, `REPLACE` or none.

        Raises:
            Refused: with the kernel's reason.
        """
        list(self._replies(self._encoded(kind, REQUEST | _ACKNOWLEDGE | flags, message), self._sequence))

    def request_body(self, kind, body):
        """Have the kernel change something that it told of by this message. Raises Refused."""
        self._sequence += 1
        request = wire_format.whole(kind, REQUEST | _ACKNOWLEDGE, self._sequence, body)
        list(self._replies(request, self._sequence))

    def namespace_cookie(self):
        """Return that number of the namespace which the kernel never gives again; 0 from a kernel before 5.14."""
        try:
            return int.from_bytes(self._opened().getsockopt(socket.SOL_SOCKET, _NETNS_COOKIE, 8), wire_format.ORDER)
        except OSError as error:
            if error.errno != errno.ENOPROTOOPT:
                raise
            return 0

    def close(self):
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _encoded(self, kind, flags, message):
        """Return a request with a sequence number of its own, which is the session's until the next."""
        self._sequence += 1
        return message.encoded(kind, flags, self._sequence)

    def _opened(self):
        if self._socket is None:
            self._socket = _open(self._protocol)
        return self._socket

    def _all_replies(self, request, sequence, convert, select=None):
        for _attempt in range(_ATTEMPTS):
            try:
                found = itertools.starmap(convert, self._replies(request, sequence))
                return [item for item in found if select is None or select(item)]
            except _Interrupted:
                continue
            except Refused:
                raise
            except BaseException:
                # What is still to come would be taken for replies to the same request, if it is made again.
                self.close()
                raise
        raise Refused(errno.EINTR, "it does not stop changing")

    def _replies(self, request, sequence):
        """Send a request and yield each reply to it: the datagram it is in, where it begins, and where it ends."""
        self._opened().send(request)
        interrupted = False
        while True:
            data = self._socket.recv(_BUFFER)
            for kind, flags, number, start, end in wire_format.messages(data):
                if number != sequence:
                    continue
                interrupted = interrupted or bool(flags & _DUMP_INTERRUPTED)
                if kind == _ERROR:
                    _raise_if_refused(wire_format.body(data, start, end))
                    return
                if kind == _DONE:
                    if interrupted:
                        raise _Interrupted
                    return
                yield data, start, end


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
