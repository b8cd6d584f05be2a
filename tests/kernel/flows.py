# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flows of TCP and UDP that last over a change of a host. The test holds both ends in its own hands."""

from __future__ import annotations

import socket

from talk import SILENCE, Connection, open_in

ANY = {4: "0.0.0.0", 6: "::"}


class Datagrams:
    """A client and a server of UDP that keep their ports."""

    def __init__(self, client_place, server_place, family, address, port, served=80, scope=None):
        """The address and port must lead to the port `served` of the server's place, sooner or later."""
        self.server = open_in(server_place, family, socket.SOCK_DGRAM)
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.server.bind((ANY[family], served))
        self.client = open_in(client_place, family, socket.SOCK_DGRAM)
        self.target = (address, port) if scope is None else (address, port, 0, scope)
        self.seen_as = None

    def arrives(self):
        """Whether a datagram of the client gets to the server; `seen_as` is then the address that it bore."""
        for _attempt in range(2):
            try:
                self.client.sendto(b"x", self.target)
                self.server.settimeout(SILENCE)
                self.seen_as = self.server.recvfrom(64)[1]
                return True
            except OSError:
                # What came to nothing may have told the socket of it, which is then an error of the next call.
                continue
        return False

    def lives(self):
        """Whether a datagram gets through, and its answer."""
        if not self.arrives():
            return False
        self.server.sendto(b"y", self.seen_as)
        self.client.settimeout(SILENCE)
        try:
            return self.client.recvfrom(64)[0] == b"y"
        except OSError:
            return False

    def source(self):
        """The address that the server sees, None if nothing arrives."""
        return self.seen_as[0] if self.arrives() else None

    def close(self):
        """Close both ends."""
        self.client.close()
        self.server.close()


class Stream(Connection):
    """A connection of TCP, whichever end speaks first."""

    def lives(self):
        """Whether a byte gets through in both directions."""
        return self.carries(self.client, self.server) and self.carries(self.server, self.client)

    def ended(self):
        """Whether nothing gets through any more, the server speaking first and the client after it."""
        return not self.carries(self.server, self.client) and not self.carries(self.client, self.server)

    def carries(self, source, target):
        """Whether a byte gets from one end to the other."""
        target.settimeout(SILENCE)
        try:
            source.sendall(b"x")
            return target.recv(1) == b"x"
        except OSError:
            return False

    def source(self):
        """The address that the server sees."""
        return self.server.getpeername()[0]


class Both:
    """A flow of TCP and one of UDP between the same places."""

    def __init__(self, client, server, family, address, port=80, served=80, scope=None):
        """`scope` is the number of the client's interface that a link-local address is to be found by."""
        self.tcp = Stream(client, server, family, address, port, served, scope)
        self.udp = Datagrams(client, server, family, address, port, served, scope)
        assert self.udp.lives()

    def lives(self):
        """Whether both live."""
        return self.tcp.lives() and self.udp.lives()

    def ended(self):
        """Whether both have ended, whichever end speaks first; what a server sends by UDP is a flow of its own."""
        return self.tcp.ended() and not self.udp.lives()

    def close(self):
        """Close both."""
        self.tcp.close()
        self.udp.close()
