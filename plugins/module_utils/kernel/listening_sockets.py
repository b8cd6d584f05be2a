# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which processes of the host listen on a port.

Requests are pyroute2's, recorded, as every run that publishes a port makes them and can do without the 115 ms of its
import. Replies have a decoder of our own: a busy host has sockets by the ten thousand. Of 20,000 it
makes sense in 0.4 s, and pyroute2, which decodes all that there is to a socket, in 2 s.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.recorded import RecordedDump
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused, Session

_SOCK_DIAG, _BY_FAMILY = 4, 20
_REPLY = struct.Struct("=BBBBHH16s16sI8sIIIII")
_V6ONLY = 11
_LISTENING, _UNCONNECTED = 1 << 10, 1 << 7
# Protocol number, and the states of a socket that takes what comes from anyone.
_PROTOCOLS = {"tcp": (6, _LISTENING), "udp": (17, _UNCONNECTED), "sctp": (132, _LISTENING)}
_SIZE = {socket.AF_INET: 4, socket.AF_INET6: 16}


def _recorded(family, protocol, states):
    def message():
        from pyroute2.netlink.diag import inet_diag_req

        fields = {"sdiag_family": family, "sdiag_protocol": protocol, "idiag_states": states}
        return Message(inet_diag_req, idiag_src=(0, 0, 0, 0), idiag_dst=(0, 0, 0, 0), **fields)

    asked = bytes((family, protocol, 0, 0)).hex() + states.to_bytes(4, "little").hex()
    return RecordedDump(_BY_FAMILY, message, "48000000140001030100000000000000" + asked + "00" * 48)


DUMPS = {(family, name): _recorded(family, *asked) for family in _SIZE for name, asked in _PROTOCOLS.items()}
_NOBODY = "(no process)", 0, None
# Users have control groups of their own, with names as they like, but none here.
_SERVICES = "/system.slice/"


@dataclass(frozen=True)
class _Listening:
    """A socket: its address, the families that it serves, and the number by which its processes are found."""

    ip: object
    families: tuple
    inode: int


@dataclass(frozen=True)
class Listener:
    """A process of the host and the address that it listens on.

    Attributes:
        ip: the address.
        process: the name of its program.
        pid: its number.
        unit: the service of the system that it belongs to, as systemd put it there; None for any other process.
    """

    ip: object
    process: str
    pid: int
    unit: str = None

    def __str__(self):
        return "process %s (pid %s), which listens on %s" % (self.process, self.pid, self.ip)


class Listeners:
    """The listening sockets of the host. Each protocol is read once, when first asked for."""

    def __init__(self):
        self._by_port = {}

    def listener(self, protocol, ports, family, taken):
        """Tell who listens on a port and would lose packets to others.

        Args:
            protocol: ``tcp``, ``udp`` or ``sctp``.
            ports: a `PortRange`.
            family: 4 or 6.
            taken: function of the address and the port of a socket: whether it loses packets.

        Returns:
            Listener: the first one found, or None if nobody loses any. A kernel without socket diagnosis tells of
            nobody.
        """
        if protocol not in self._by_port:
            self._by_port[protocol] = _read(protocol)
        index = self._by_port[protocol]
        for port in range(ports.first, ports.last + 1):
            for item in index.get(port, ()):
                if family in item.families and taken(item.ip, port):
                    return Listener(item.ip, *_process_of(item.inode))
        return None


def _read(protocol):
    """Return a dict from port to the sockets that listen on it."""
    found = {}
    session = Session(_SOCK_DIAG)
    try:
        for family in _SIZE:
            for body in session.dump_recorded(DUMPS[family, protocol]):
                port, item = _listening(body)
                found.setdefault(port, []).append(item)
    except Refused:
        return found
    finally:
        session.close()
    return found


def _listening(body):
    family, _state, _timer, _retries, port, _peer_port, source, *_rest, inode = _REPLY.unpack_from(body)
    ip = ipaddress.ip_address(source[: _SIZE[family]])
    only = wire_format.number(wire_format.attributes(body, _REPLY.size).get(_V6ONLY), 0)
    mapped = getattr(ip, "ipv4_mapped", None)
    if family == socket.AF_INET or mapped is not None:
        return socket.ntohs(port), _Listening(mapped or ip, (4,), inode)
    return socket.ntohs(port), _Listening(ip, (4, 6) if ip.is_unspecified and not only else (6,), inode)


def _process_of(inode):
    """Find the youngest process that holds a socket: if it was handed on, that is the one that uses it."""
    wanted = "socket:[%d]" % inode
    for pid in sorted((int(name) for name in os.listdir("/proc") if name.isdigit()), reverse=True):
        try:
            if any(os.readlink(entry.path) == wanted for entry in os.scandir("/proc/%d/fd" % pid)):
                return _text("/proc/%d/comm" % pid).strip(), pid, _unit_of(_text("/proc/%d/cgroup" % pid))
        except OSError:
            continue
    return _NOBODY


def _unit_of(groups):
    for line in groups.splitlines():
        path = line.split(":", 2)[-1]
        if path.startswith(_SERVICES) and "/" not in path[len(_SERVICES) :]:
            return path[len(_SERVICES) :]
    return None


def _text(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
