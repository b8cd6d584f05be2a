# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client's side: ask a server, and read what it saw."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass


class Unreachable(AssertionError):
    """No server answered: refused, no route, or silence."""


@dataclass(frozen=True)
class Answer:
    """What a server said.

    Attributes:
        body: all it sent (of HTTP: without the header).
        reply: the word it was started with; for a foreign server, such as nginx, the body.
        client: the address that the server saw the client come from; None for a foreign server.
        client_port: likewise the port.
        server: the server's own end of the connection.
        status: the HTTP status.
    """

    body: str
    reply: str
    client: str | None = None
    client_port: int | None = None
    server: str | None = None
    status: int | None = None


def ask(address, port, proto, timeout, path="/"):
    """Ask once. Returns ("answer", bytes) or ("unreachable", why); `unpack` reads it."""
    try:
        talk = _talk_tcp if proto == "tcp" else _talk_udp
        said = talk(address, port, timeout, path)
    except OSError as error:
        return "unreachable", "%s %s port %s: %s" % (proto, address, port, error)
    return ("answer", said) if said else ("unreachable", "%s port %s: connected, but no answer" % (address, port))


def unpack(outcome):
    """Turn what `ask` returned into an Answer, or raise."""
    kind, said = outcome
    if kind == "unreachable":
        raise Unreachable(said)
    head, _blank, rest = said.decode(errors="replace").partition("\r\n\r\n")
    is_http = head.startswith("HTTP/")
    body = rest if is_http else head
    status = int(head.split()[1]) if is_http else None
    try:
        return Answer(body=body, status=status, **json.loads(body))
    except (ValueError, TypeError):
        return Answer(body=body, reply=body, status=status)


def _talk_tcp(address, port, timeout, path):
    end = time.monotonic() + timeout
    with socket.create_connection((address, port), timeout=timeout) as sock:
        sock.sendall(("GET %s HTTP/1.0\r\nHost: test\r\n\r\n" % path).encode())
        said = b""
        while True:
            sock.settimeout(max(0.01, end - time.monotonic()))
            more = sock.recv(65536)
            if not more:
                return said
            said += more


def _talk_udp(address, port, timeout, _path):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        # Connected, so that an ICMP error is told, and an answer from another address is not taken.
        sock.connect(socket.getaddrinfo(address, port, family, socket.SOCK_DGRAM)[0][4])
        sock.settimeout(timeout / 2)
        for last in (False, True):
            try:
                sock.send(b"?")
                return sock.recv(65536)
            except socket.timeout:
                if last:
                    raise
    return b""
