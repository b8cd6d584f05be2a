# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS without a library: queries, and a server that stands for those of the internet."""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading

from talk import open_in

TYPES = {4: 1, 6: 28}
REFUSED = 5
_RECURSION, _RESPONSE = 0x0100, 0x8180


def _name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def _query(name, kind):
    return struct.pack("!6H", 4711, _RECURSION, 1, 0, 0, 0) + _name(name) + struct.pack("!2H", kind, 1)


def ask(server, name, family=4, tcp=False, timeout=2.0, kind=None):
    """Ask for the addresses of a name; return (code, sorted addresses), or None where no answer comes.

    Args:
        kind: number of another type to ask for.
    """
    query = _query(name, kind or TYPES[family])
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as client:
        client.settimeout(timeout)
        try:
            client.connect((server, 53))
            client.sendall(struct.pack("!H", len(query)) + query if tcp else query)
            reply = client.recv(4096)
        except OSError:
            return None
    return _addresses(reply[2:] if tcp else reply, len(query))


def _addresses(reply, position):
    _id, flags, _questions, answers, _authorities, _more = struct.unpack_from("!6H", reply)
    found = []
    for _answer in range(answers):
        while reply[position] and reply[position] < 0xC0:
            position += 1 + reply[position]
        position += 2 if reply[position] else 1
        kind, _class, _ttl, size = struct.unpack_from("!2HIH", reply, position)
        position += 10
        if kind in TYPES.values():
            found.append(str(ipaddress.ip_address(reply[position : position + size])))
        position += size
    return flags & 15, sorted(found)


class Upstream:
    """A name server in a place: it gives every name one IPv4 address, and notes what it was asked for."""

    ADDRESS = "203.0.113.53"

    def __init__(self, place):
        self.asked = []
        self._socket = open_in(place, 4, socket.SOCK_DGRAM)
        self._socket.bind(("0.0.0.0", 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            query, client = self._socket.recvfrom(4096)
            name, question = _question(query)
            self.asked.append(name)
            record = struct.pack("!3HIH", 0xC00C, 1, 1, 60, 4) + ipaddress.ip_address(self.ADDRESS).packed
            header = query[:2] + struct.pack("!5H", _RESPONSE, 1, 1, 0, 0)
            self._socket.sendto(header + question + record, client)


def _question(query):
    position, labels = 12, []
    while query[position]:
        labels.append(query[position + 1 : position + 1 + query[position]].decode())
        position += 1 + query[position]
    return ".".join(labels), query[12 : position + 5]
