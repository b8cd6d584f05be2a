# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sockets that a test holds in its own hands though they live in a host or a container.

A socket belongs for ever to the network that it was opened in, so a child opens it there and hands it over.
"""

from __future__ import annotations

import select
import socket
import time

SILENCE = 0.25  # seconds after which a packet that should not come is taken for not coming
PATIENCE = 5  # seconds that an answer may take; where a neighbour is being looked for the next try is a second later


def open_in(place, family, kind, proto=0):
    """A socket of a place. `family` is 4, 6 or a number of `socket`."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        place.python(_hand_over, theirs, {4: socket.AF_INET, 6: socket.AF_INET6}.get(family, family), kind, proto)
        (descriptor,) = socket.recv_fds(ours, 1, 1)[1]
    return socket.socket(fileno=descriptor)


def _hand_over(channel, family, kind, proto):
    with socket.socket(family, kind, proto) as opened:
        socket.send_fds(channel, [b"."], [opened.fileno()])


class Connection:
    """A TCP connection of which the test holds both ends."""

    def __init__(self, client_place, server_place, family, address, port, served=80, scope=None):
        """Connect to an address and port, which must lead to the port `served` of the server's place.

        Args:
            scope: number of the client's interface that a link-local address is to be found by.
        """
        any_address = {4: "0.0.0.0", 6: "::"}[family]
        with open_in(server_place, family, socket.SOCK_STREAM) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((any_address, served))
            listening.listen()
            listening.settimeout(2)
            self.client = open_in(client_place, family, socket.SOCK_STREAM)
            self.client.settimeout(2)
            self.client.connect((address, port) if scope is None else (address, port, 0, scope))
            self.server = listening.accept()[0]
        self.server.settimeout(2)

    def lives(self):
        """Whether a byte gets through in both directions."""
        for source, target in ((self.client, self.server), (self.server, self.client)):
            source.sendall(b"x")
            try:
                if target.recv(1) != b"x":
                    return False
            except OSError:
                return False
        return True

    def close(self):
        """Close both ends."""
        self.client.close()
        self.server.close()


class Stream:
    """A client that sends datagrams from one and the same port."""

    def __init__(self, place, family, address, port):
        self._socket = open_in(place, family, socket.SOCK_DGRAM)
        self._socket.connect((address, port))

    def ask(self):
        """Send a datagram and return the answer as text; None if none comes."""
        self._socket.send(b"?")
        ready = select.select([self._socket], [], [], 1)[0]
        try:
            return self._socket.recv(4096).decode() if ready else None
        except ConnectionRefusedError:
            return None


class Ear:
    """Hears every packet that arrives in a place, before any rule of it."""

    def __init__(self, place, interface="eth0"):
        self._socket = open_in(place, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self._socket.bind((interface, 3))

    def hears(self, payload, timeout=SILENCE):
        """Return the first packet that came in with these bytes in it, or None. What leaves does not count."""
        end = time.monotonic() + timeout
        while select.select([self._socket], [], [], max(0, end - time.monotonic()))[0]:
            if time.monotonic() > end + 1:
                break  # So much comes in that there is no silence.
            packet, origin = self._socket.recvfrom(65536)
            if payload in packet and origin[2] != socket.PACKET_OUTGOING:
                return packet
        return None


def inject(place, frame, interface="eth0"):
    """Send an Ethernet frame from a place, past its own addresses, routes and rules."""
    with open_in(place, socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((interface, 0))
        sender.send(frame)


def send_datagram(place, family, address, port, payload):
    """Send one datagram, and do not care for an answer."""
    with open_in(place, family, socket.SOCK_DGRAM) as sender:
        try:
            sender.sendto(payload, (address, port))
        except OSError:
            return False
    return True


def pings(place, address, timeout=SILENCE):
    """Whether an address answers an echo request."""
    return place.run(["ping", "-n", "-c1", "-W%s" % timeout, address], check=False).rc == 0


def refuses(place, address, port, proto="tcp"):
    """Whether no answer comes in a short time."""
    return not place.can_reach(address, port, proto, timeout=SILENCE)
