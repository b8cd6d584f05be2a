# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small servers which tell the client what address it seemed to come from."""

from __future__ import annotations

import json
import os
import signal
import socket

from hosts import child


class ServerFailed(AssertionError):
    """The server could not listen, for instance because the port is taken."""


class Server:
    """A server in a child process that first called `enter`. It listens when the constructor returns."""

    def __init__(self, enter, proto, port, reply, address):
        said, say = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _run(say, enter, proto, port, reply, address)
        os.close(say)
        with open(said, encoding="utf-8") as pipe:
            problem = pipe.readline()
        if problem != "listening\n":
            self.wait()
            raise ServerFailed(problem or "the server ended at once")

    def kill(self):
        """End the server now."""
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def wait(self):
        """Wait for the end of the process. A second call does nothing."""
        try:
            os.waitpid(self.pid, 0)
        except ChildProcessError:
            pass


def _run(say, enter, proto, port, reply, address):
    """Body of the child; never returns."""
    try:
        child.die_with_parent()
        enter()
        sock = _listen(proto, address, port)
        os.write(say, b"listening\n")
        os.close(say)
        serve = _serve_stream if proto == "tcp" else _serve_datagrams
        while True:
            serve(sock, reply)
    except BaseException as error:  # pylint: disable=broad-exception-caught
        try:
            os.write(say, repr(error).encode())
        except OSError:
            pass
    finally:
        os._exit(1)


def _listen(proto, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM
    sock = socket.socket(family, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        # One server for both families, as nginx and most daemons do.
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    # An address of a link, such as fe80::1%lan0, has a number beside it.
    sock.bind(socket.getaddrinfo(address, port, family, kind)[0][4])
    if proto == "tcp":
        sock.listen(64)
    return sock


def _serve_stream(sock, reply):
    connection, client = sock.accept()
    with connection:
        connection.settimeout(2)
        try:
            connection.recv(4096)
            body = _tell(reply, client, connection.getsockname())
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + body)
        except OSError:
            # A client that hangs up must not end the server: other clients of the test follow.
            pass


def _serve_datagrams(sock, reply):
    client = sock.recvfrom(4096)[1]
    try:
        sock.sendto(_tell(reply, client, sock.getsockname()), client)
    except OSError:
        pass


def _tell(reply, client, server):
    said = {"reply": reply, "client": _plain(client[0]), "client_port": client[1], "server": _plain(server[0])}
    return json.dumps(said).encode()


def _plain(address):
    """An IPv4 client of a socket for both families, without the prefix of the mapping."""
    return address[len("::ffff:") :] if address.startswith("::ffff:") else address
