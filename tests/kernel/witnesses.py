# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What those around a container see while root in it does what it likes: whom they reach, what they have and hear."""

from __future__ import annotations

import os
import re
import socket
import subprocess

from forgeries import FORGERIES, MARK
from networks import DB, FAMILIES, HOST_OF, WEB
from resident import Resident
from talk import open_in

from hosts import answer

PUBLISHED = 8080
_ECHO, _OF_THE_HOST = 7, 8
_EVERY_PROTOCOL = 3
_FILES = ("/etc/hostnet", "/etc/netns")
# Pieces of forged frames that no honest one has.
_PIECES = {made[14:60]: name for name, made in FORGERIES.items() if MARK not in made} | {
    MARK: "what a forged frame holds"
}


class Witnesses:
    """The containers ``b`` and ``c``, the host, and its neighbour on the LAN."""

    def __init__(self, lab, port):
        """Let them serve and listen, and take what they see now for what they are to see later.

        Args:
            lab: the `Lab`, with networks in which ``b`` and ``c`` have the numbers 3 and 4, and 2 and 3.
            port: the port of the bridge that the attacker is behind.
        """
        self._port = port
        places = {"b": lab.host.container("b"), "c": lab.host.container("c"), "host": lab.host, "lan": lab.lan}
        places["b"].serve_tcp(80, "b")
        for name in ("b", "c"):
            places[name].serve_udp(_ECHO, name)
        lab.host.serve_udp(_OF_THE_HOST, "the host")
        self._residents = {name: Resident(place) for name, place in places.items()}
        self._seen()
        self._at_first = self._seen()
        self._ears = {name: _ear(places[name]) for name in ("b", "c", "host")}
        self._own = {
            name: set(map(_bytes, re.findall("link/ether ([0-9a-f:]+)", "".join(self._at_first[name + " has"]))))
            for name in ("b", "c")
        }

    def changes(self):
        """Return, in words, what is not as it was at first, and what somebody heard that was not for them."""
        now = self._seen()
        found = []
        for subject, before in self._at_first.items():
            found += ["%s no more: %s" % (subject, line) for line in before if line not in now[subject]]
            found += ["%s: %s" % (subject, line) for line in now[subject] if line not in before]
        return found + self._heard()

    def close(self):
        """End what stands in the places for this."""
        for ear in self._ears.values():
            ear.close()
        for resident in self._residents.values():
            resident.close()

    def _seen(self):
        seen = {}
        for name, resident in self._residents.items():
            seen["%s reaches" % name] = resident.call(_reached, _ASKED[name])
        for name in ("b", "c"):
            seen["%s has" % name] = self._residents[name].call(_picture)
        seen["the host has"] = self._residents["host"].call(_picture_of_the_host, self._port)
        return seen

    def _heard(self):
        found = set()
        theirs = self._own["b"] | self._own["c"]
        for name, ear in self._ears.items():
            for packet, (interface, _protocol, kind, *_rest) in _waiting(ear):
                if name == "host":
                    if (interface, kind) == (self._port, socket.PACKET_OUTGOING) and packet[:6] in theirs:
                        found.add("the attacker got %s" % packet.hex(" "))
                    continue
                if kind == socket.PACKET_OTHERHOST or kind == socket.PACKET_HOST and packet[:6] not in self._own[name]:
                    found.add("%s got what is not for it: %s" % (name, packet.hex(" ")))
                found.update("%s got %s" % (name, forged) for piece, forged in _PIECES.items() if piece in packet)
        return sorted(found)


def _answers(numbers, network):
    return [(network.address(family, numbers), _ECHO, "udp") for family in FAMILIES]


_HOST = [(WEB.gateway(family), _OF_THE_HOST, "udp") for family in FAMILIES]
_SERVICE = [(HOST_OF[family], PUBLISHED, "tcp") for family in FAMILIES]
_ASKED = {
    "b": [*_answers(4, WEB), *_answers(3, DB), *_HOST],
    "c": [*_answers(3, WEB), *_answers(2, DB), *_HOST, *_SERVICE],
    "host": [*_answers(3, WEB), *_answers(4, WEB)],
    "lan": _SERVICE,
}


def _reached(asked):
    """Who answers, and as whom it sees the one that asks."""
    found = []
    for address, port, protocol in asked:
        try:
            said = answer.unpack(answer.ask(address, port, protocol, 1.0))
            found.append("%s port %d: %s, as %s" % (address, port, said.reply, said.client))
        except answer.Unreachable as error:
            found.append("%s port %d: %s" % (address, port, error))
    return found


def _picture():
    show = "link show\naddress show\nroute show table all\nrule show\n"
    return [line for family in ("-4", "-6") for line in _ip(family, "-details", "-oneline", "-batch", "-", text=show)]


def _picture_of_the_host(port):
    """Links, addresses and routes but for the attacker's port; what namespaces the names stand for; and files."""
    lines = _ip("-oneline", "-batch", "-", text="link show\naddress show\nroute show table all\n")
    found = [line for line in lines if " %s@" % port not in line]
    found += ["%s is %d" % (name, os.stat("/run/netns/" + name).st_ino) for name in ("b", "c")]
    for top in _FILES:
        for folder, _folders, names in sorted(os.walk(top)):
            for path in sorted(os.path.join(folder, name) for name in names):
                with open(path, encoding="utf-8") as file:
                    found.append("%s: %s" % (path, file.read()))
    return found


def _ip(*argv, text):
    return subprocess.run(["ip", *argv], input=text, capture_output=True, text=True, check=True).stdout.splitlines()


def _ear(place):
    ear = open_in(place, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERY_PROTOCOL))
    ear.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
    ear.setblocking(False)
    return ear


def _waiting(ear):
    while True:
        try:
            yield ear.recvfrom(200)
        except BlockingIOError:
            return


def _bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))
