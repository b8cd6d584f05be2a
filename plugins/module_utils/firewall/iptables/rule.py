# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One iptables rule, compared by what it says and not by how a program prints it."""

from __future__ import annotations

import ipaddress
import re

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_COMMENT = re.compile(r'--comment (?:"([^"]*)"|(\S+))')
_TARGET = re.compile(r"-[jg] (\S+)")
_PROTOCOLS = {"6": "tcp", "17": "udp", "132": "sctp", "1": "icmp", "58": "ipv6-icmp"}
_EVERY = (("0.0.0.0/0",), ("::/0",))
MARK = "hostnet"


class Rule:
    """A rule of some chain.

    Attributes:
        text: the rule as iptables-save prints it behind ``-A CHAIN``.
        counters: packets and bytes as ``[12:3456]``, or None where they are not known; not compared.
    """

    __slots__ = ("text", "counters", "_value")

    def __init__(self, text, counters=None):
        self.text = text
        self.counters = counters
        self._value = None

    @property
    def value(self):
        """What the rule says: a frozen set of (negated, option, values)."""
        if self._value is None:
            self._value = frozenset(_parts(self.text))
        return self._value

    @property
    def comment(self):
        """The text of its comment, or an empty string."""
        match = _COMMENT.search(self.text)
        return (match.group(1) or match.group(2)) if match else ""

    @property
    def target(self):
        """The chain or target that it jumps to, or an empty string."""
        match = _TARGET.search(_COMMENT.sub("", self.text))
        return match.group(1) if match else ""

    def option(self, name):
        """Return the first value of an option such as ``-s``, or None."""
        for _negated, option, values in self.value:
            if option == name:
                return values[0]
        return None

    def negates(self, name):
        """Tell whether the rule has an option in its negated form."""
        return any(negated and option == name for negated, option, _values in self.value)

    def __eq__(self, other):
        return isinstance(other, Rule) and (self.text == other.text or self.value == other.value)

    def __hash__(self):
        return hash(self.value)

    def __repr__(self):
        return "Rule(%r)" % self.text


def rule(*words, comment=MARK):
    """Make a rule of ours from its words, in the order in which iptables-save prints them; the target comes last.

    Words may hold several tokens. Nothing from a user gets here but names and numbers that `declare` has checked.
    """
    text = '"%s"' % comment if " " in comment else comment
    parts = [*words[:-1], "-m comment --comment " + text, words[-1]]
    return Rule(" ".join(part for part in parts if part))


def matching(option, network):
    """Return the words that match a network by ``-s`` or ``-d``: none for every address, as iptables-save prints it."""
    return "%s %s" % (option, network) if network.prefixlen else ""


def _parts(text):
    tokens = [quoted or plain for quoted, plain in _TOKEN.findall(text)]
    negated, position = False, 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        if token == "!":
            negated = True
            continue
        values = []
        while position < len(tokens) and tokens[position] != "!" and not _is_option(tokens[position]):
            values.append(tokens[position])
            position += 1
        normal = tuple(_normal(token, value) for value in values)
        # Every address is no condition, and is not printed.
        if token != "-m" and (negated or normal not in _EVERY):
            yield (negated, token, normal)
        negated = False


def _network(value):
    """An address or a network as Python writes it; the C library writes the last bits of some as IPv4."""
    if ":" in value and "." in value:
        try:
            value = str(ipaddress.ip_network(value))
        except ValueError:
            return value
    return value[:-3] if "." in value and value.endswith("/32") else value[:-4] if value.endswith("/128") else value


def _is_option(token):
    return len(token) > 1 and token[0] == "-" and not token[1].isdigit()


def _normal(option, value):
    if option in ("-s", "-d", "--ctorigdst"):
        return _network(value)
    if option == "-p":
        return _PROTOCOLS.get(value, value)
    if option == "--ctstate":
        return ",".join(sorted(value.split(",")))
    if option in ("--dport", "--sport") and ":" in value:
        first, last = value.split(":")
        return "%s:%s" % (first or "0", last or "65535") if first != last else first
    return value
