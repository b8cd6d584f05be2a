# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Traffic that runs while a host is changed, and that notices every loss. To be run as programs in places."""

from __future__ import annotations

import json
import socket
import sys
import time

PAUSE = 0.002


def count_datagrams(port, seconds):
    """Receive numbered datagrams; return how many came, and the highest number."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    receiver.bind(("0.0.0.0", port))
    receiver.settimeout(1.0)
    seen, deadline = set(), time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            seen.add(int(receiver.recv(64)))
        except TimeoutError:
            if seen:
                break
    return {"came": len(seen), "last": max(seen, default=-1)}


def send_datagrams(address, port, seconds):
    """Send numbered datagrams at a steady pace; return how many."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    number, deadline = 0, time.monotonic() + seconds
    while time.monotonic() < deadline:
        sender.sendto(b"%d" % number, (address, port))
        number += 1
        time.sleep(PAUSE)
    return {"sent": number}


def keep_connecting(address, port, seconds):
    """Make one connection after the other and read its answer; return how many worked, and the failures."""
    worked, failures, deadline = 0, [], time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with socket.create_connection((address, port), timeout=0.9) as connection:
                connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
                worked += bool(connection.recv(4096))
        except OSError as error:
            failures.append(str(error))
        time.sleep(PAUSE)
    return {"worked": worked, "failures": failures}


def keep_talking(address, port, seconds):
    """Keep one connection busy, and wait for each echo; return how many came, and the longest wait in seconds."""
    came, longest, deadline = 0, 0.0, time.monotonic() + seconds
    with _connected(address, port) as connection:
        while time.monotonic() < deadline:
            started = time.monotonic()
            connection.sendall(b"x" * 1000)
            left = 1000
            while left:
                left -= len(connection.recv(left))
            came += 1
            longest = max(longest, time.monotonic() - started)
            time.sleep(PAUSE)
    return {"came": came, "longest": longest}


def _connected(address, port):
    """Connect as soon as the other side listens."""
    for _attempt in range(100):
        try:
            return socket.create_connection((address, port), timeout=5)
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise TimeoutError("nobody listens on %s port %d" % (address, port))


def echo(port, seconds):
    """Send back what one client sends."""
    listener = socket.create_server(("0.0.0.0", port))
    listener.settimeout(seconds)
    connection, _client = listener.accept()
    with connection:
        while True:
            data = connection.recv(4096)
            if not data:
                return {}
            connection.sendall(data)


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    converted = [argument if "." in argument or ":" in argument else int(argument) for argument in arguments]
    print(json.dumps(globals()[name](*converted)))
