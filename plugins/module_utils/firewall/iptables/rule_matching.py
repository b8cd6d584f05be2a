# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a rule of ours matches a packet, told by the rule itself."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

_NETWORK = re.compile(r"(?:-s|-d|--ctorigdst) (\S+)")
_PORT = re.compile(r"--(?:dport|icmp-type|icmpv6-type) (\d+)(?::(\d+))?")
_SAID_OF_THE_TARGET = {"-j", "-g", "--comment", "--to-destination", "--to-source", "--random-fully", "--reject-with"}


class Packet(NamedTuple):
    """The first packet of a flow at some point of its way. Addresses are numbers.

    Attributes:
        protocol: as iptables writes it.
        source: its source.
        destination: its destination at this point.
        port: the port that it is sent to; of ICMP, the type.
        came_by: the interface that it came by; None for one that the host sends.
        leaves_by: the interface that it leaves by; None where that is not known yet.
        source_is_local: whether the source is an address of the host.
        destination_is_local: whether the destination is one.
        states: what connection tracking says of it.
        sent_to: the destination that it had when it came.
    """

    protocol: object
    source: int
    destination: int
    port: int = None
    came_by: str = None
    leaves_by: str = None
    source_is_local: bool = False
    destination_is_local: bool = False
    states: frozenset = frozenset()
    sent_to: int = None


class Condition(NamedTuple):
    """A rule, ready to be held against packets.

    Attributes:
        tests: functions that tell whether a packet has what the rule wants.
        target: the chain or target that it jumps to.
        goes: whether it does not come back from there.
        rule: the rule.
    """

    tests: tuple
    target: str
    goes: bool
    rule: object

    def matches(self, packet):
        """Tell whether a packet has all that the rule wants."""
        return all(test(packet) for test in self.tests)


def condition(rule):
    """Return the `Condition` of a `Rule`. What is not known here of a rule matches nothing."""
    tests = []
    for negated, option, values in rule.value:
        if option not in _SAID_OF_THE_TARGET:
            made = _TESTS.get(option, _unknown)(*values) if len(values) == 1 else _never
            tests.append(_negation(made) if negated and made is not _never else made)
    return Condition(tuple(tests), rule.target, rule.option("-g") is not None, rule)


def networks_of(rules):
    """Return the networks, as pairs of number and prefix length, that rules name as a source or destination."""
    texts = {text for rule in rules for text in _NETWORK.findall(rule.text)}
    return {found for found in map(_numbers, texts) if found}


def ports_of(rules):
    """Return the sorted numbers at which a run of ports, or of types of ICMP, begins or ends that rules name."""
    found = set()
    for rule in rules:
        for first, last in _PORT.findall(rule.text):
            found.update((int(first), int(last or first) + 1))
    return sorted(found)


def mask(prefix_length, family):
    """Return the mask of a prefix length as a number."""
    size = 32 if family == 4 else 128
    return (1 << size) - (1 << (size - prefix_length))


def _numbers(text):
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        return None
    return int(network.network_address), network.prefixlen


def _negation(test):
    return lambda packet: not test(packet)


def _never(_packet):
    return False


def _unknown(*_values):
    return _never


def _address(field):
    def made(text):
        network = ipaddress.ip_network(text)
        number, bits = int(network.network_address), int(network.netmask)
        return lambda packet: getattr(packet, field) is not None and getattr(packet, field) & bits == number

    return made


def _equal(field, convert=str):
    def made(value):
        wanted = convert(value)
        return lambda packet: getattr(packet, field) == wanted

    return made


def _port(text):
    first, _colon, last = text.partition(":")
    low, high = int(first), int(last or first)
    return lambda packet: packet.port is not None and low <= packet.port <= high


def _state(text):
    wanted = frozenset(text.split(","))
    return lambda packet: bool(wanted & packet.states)


def _local(field):
    def made(text):
        return (lambda packet: getattr(packet, field)) if text == "LOCAL" else _never

    return made


_TESTS = {
    "-s": _address("source"),
    "-d": _address("destination"),
    "--ctorigdst": _address("sent_to"),
    "-i": _equal("came_by"),
    "-o": _equal("leaves_by"),
    "-p": _equal("protocol"),
    "--dport": _port,
    "--icmp-type": _equal("port", int),
    "--icmpv6-type": _equal("port", int),
    "--ctstate": _state,
    "--src-type": _local("source_is_local"),
    "--dst-type": _local("destination_is_local"),
}
KNOWN = _SAID_OF_THE_TARGET | set(_TESTS)
