# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of the firewall, as the kernel announces them to the socket that systemd holds for us.

systemd starts the program while there is anything to read. So what was announced is read before the host is looked at:
what is announced after that look starts the program once more, and nothing is missed.
"""

from __future__ import annotations

import errno
import os
import socket
import time

_FIRST_HANDED_OVER = 3
# The rules of a reload come in several transactions, a few milliseconds apart.
_QUIET = 0.05
_AT_MOST = 0.5
# Somebody who changes the firewall without end is answered by the next start of the program.
_ROUNDS = 3
_PIECE = 2**18


def settled():
    """Yield up to three times, each time when changes have come to an end for a moment, or after half a second."""
    handle = _handed_over()
    for _round in range(_ROUNDS):
        deadline = time.monotonic() + _AT_MOST
        while _drain(handle) and time.monotonic() < deadline:
            time.sleep(_QUIET)
        yield


def _handed_over():
    """Return the socket that systemd gave to this process; None if it was started by hand."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS", "0") == "0":
        return None
    handle = socket.socket(fileno=_FIRST_HANDED_OVER)
    handle.setblocking(False)
    return handle


def _drain(handle):
    """Read all that was announced; tell whether there was anything."""
    found = False
    while handle is not None:
        try:
            handle.recv(_PIECE)
        except BlockingIOError:
            break
        except OSError as error:
            # More was announced than the kernel keeps: that something changed is all that counts.
            if error.errno != errno.ENOBUFS:
                raise
        found = True
    return found
