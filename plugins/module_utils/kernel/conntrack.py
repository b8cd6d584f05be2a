# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tracked connections of the host, which outlive the rules that they were made by."""

from __future__ import annotations

import errno
import functools
import socket
import struct
from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import addresses
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.recorded import RecordedDump
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused, Session

_NETFILTER = 12
_GET, _DELETE = 0x101, 0x102
_HEADER = struct.Struct("=BBH")
_ORIGINAL, _REPLY, _ID, _ZONE = 1, 2, 12, 18
_NAMED_BY = {"CTA_TUPLE_ORIG": _ORIGINAL, "CTA_ID": _ID, "CTA_ZONE": _ZONE}
_TUPLE_IP, _TUPLE_PROTOCOL = 1, 2
_SOURCE = {socket.AF_INET: 1, socket.AF_INET6: 3}
_TARGET = {socket.AF_INET: 2, socket.AF_INET6: 4}
_PROTOCOL_NUMBER, _SOURCE_PORT, _TARGET_PORT = 1, 2, 3
_FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
_NUMBERS = {"tcp": 6, "udp": 17, "sctp": 132}
# A TCP connection is either made through a rule or not; datagrams of the same sender go on after the rule came.
_CONNECTIONLESS = ("udp", "sctp")
_NO_CONNTRACK = (errno.EINVAL, errno.EOPNOTSUPP, errno.EPROTONOSUPPORT)


def _every_connection():
    from pyroute2.netlink.nfnetlink.nfctsocket import nfct_msg

    return Message(nfct_msg)


DUMP = RecordedDump(_GET, _every_connection, "1400000001010103010000000000000000000000")


@dataclass(frozen=True)
class _Half:
    """One direction of a connection: addresses as bytes, ports as numbers; None where there are none."""

    protocol: int
    source: bytes
    target: bytes
    source_port: int
    target_port: int


def forget(netlink, step):
    """Delete the tracked connections to withdrawn ports, and those that a published port should take over.

    A kernel that tracks no connections has none to forget.

    Raises:
        Refused: the kernel's reason.
    """
    published = [port for port in step.published if port.protocol in _CONNECTIONLESS]
    wanted = _by_port(step.withdrawn, _leads_there), _by_port(published, _is_older)
    if not any(wanted):
        return
    session = Session(_NETFILTER)
    try:
        local = _local_addresses(netlink.host) if published else ()
        for body in session.dump_recorded(DUMP, lambda body: _is_stale(body, wanted, local)):
            _delete(session, body)
    except OSError as error:
        if error.errno not in _NO_CONNTRACK:
            raise
    finally:
        session.close()


def _by_port(ports, judge):
    """Index ports, with the function that judges a connection to them, by protocol number and port of the host."""
    found = {}
    for port in ports:
        for number in range(port.host_port.first, port.host_port.last + 1):
            found.setdefault((_NUMBERS[port.protocol], number), []).append((port, judge))
    return found


def _is_stale(body, wanted, local):
    family = body[0]
    if family not in _SOURCE:
        return False
    entry = wire_format.attributes(body, _HEADER.size)
    original = _half(family, entry[_ORIGINAL])
    key = original.protocol, original.target_port
    judged = [item for index in wanted for item in index.get(key, ())]
    if not judged:
        return False
    reply = _half(family, entry[_REPLY])
    return any(judge(port, original, reply, local) for port, judge in judged if _FAMILY[port.family] == family)


def _leads_there(port, _original, reply, _local):
    return reply.source == port.container_ip.packed and _is_within(reply.source_port, port.target_port)


def _is_older(port, original, reply, local):
    to_host = original.target == port.only_host_ip.packed if port.only_host_ip else _is_local(original.target, local)
    return to_host and not _leads_there(port, original, reply, local)


def _is_within(number, ports):
    return ports.first <= number <= ports.last


def _is_local(packed, local):
    return packed in local or len(packed) == 4 and packed[0] == 127


def _local_addresses(session):
    return {item.interface.ip.packed for found in addresses.dump(session).values() for item in found}


def _half(family, encoded):
    parts = wire_format.attributes(encoded)
    ips, protocol = wire_format.attributes(parts[_TUPLE_IP]), wire_format.attributes(parts[_TUPLE_PROTOCOL])
    return _Half(
        protocol[_PROTOCOL_NUMBER][0],
        ips[_SOURCE[family]],
        ips[_TARGET[family]],
        _port(protocol.get(_SOURCE_PORT)),
        _port(protocol.get(_TARGET_PORT)),
    )


def _port(data):
    return None if data is None else int.from_bytes(data, "big")


def _delete(session, body):
    entry = wire_format.attributes(body, _HEADER.size)
    attributes = [(name, entry.get(number)) for name, number in _NAMED_BY.items()]
    try:
        session.request(_DELETE, Message(_name_message(), attributes, nfgen_family=body[0]))
    except Refused as error:
        if error.errno != errno.ENOENT:
            raise


@functools.cache
def _name_message():
    """The message that names a connection, by attributes that are handed back as the kernel gave them.

    In pyroute2's own they would have to be decoded and encoded again, which loses what it does not know of a protocol.
    """
    from pyroute2.netlink.nfnetlink import nfgen_msg
    from pyroute2.netlink.nfnetlink.nfctsocket import nfct_msg

    class Name(nfgen_msg):
        """A message about one connection."""

        nla_map = tuple((name, "cdata") for name, _kind in nfct_msg.nla_map)

    return Name
