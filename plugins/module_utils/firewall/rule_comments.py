# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services written into rule comments and read back, so that no state file is needed.

A comment holds what cannot be seen from the rule itself in a form that every version of iptables prints alike:
``hostnet port OWNER PROTOCOL HOST TARGET name=value...``. Options with their default value are left out.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import address
from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import port_range
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import well_formed
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish, bracketed
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import MARK
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.services import Switch

_SETTING = "net."
_LONGEST_COMMENT = 240
_WORDS = {True: "yes", False: "no"}
_PORT_OPTIONS = ("bridge", "loopback", "hairpin")
_MASQUERADE_OPTIONS = ("bridge", "out_interface", "to_source", "random_fully")
_DNS_OPTIONS = ("internal",)
_FORWARDING_OPTIONS = ("isolate", "internal", "icc", "direct_access", "host_access")


def port_comment(port):
    """Return the comment of the rules of a published port."""
    host = "%s:%s" % (bracketed(port.only_host_ip), port.host_port) if port.only_host_ip else str(port.host_port)
    target = "%s:%s" % (bracketed(port.container_ip), port.target_port)
    return " ".join([MARK, "port", port.owner, port.protocol, host, target] + _options(port, _PORT_OPTIONS))


def masquerade_comment(item):
    """Return the comment of the rules of a masquerade declaration."""
    return " ".join([MARK, "masquerade", item.owner, str(item.source)] + _options(item, _MASQUERADE_OPTIONS))


def forwarding_comment(policy):
    """Return the comment of the rules of a declared forwarding policy."""
    return " ".join([MARK, "forwarding", policy.owner, policy.bridge] + _options(policy, _FORWARDING_OPTIONS))


def deny_comment(bridge, destination):
    """Return the comment of the rules that keep containers from one network: a comment has no room for many."""
    return "%s deny %s %s" % (MARK, bridge, destination)


def dns_comment(server):
    """Return the comment of the rules that let queries through to a DNS server."""
    asked = ["servers=%s" % ",".join(map(str, server.servers))] if server.servers else []
    return " ".join([MARK, "dns", server.owner, server.bridge] + _options(server, _DNS_OPTIONS) + asked)


def switch_comments(switch):
    """Return the comments that together remember how IP forwarding was: the kernel takes 255 bytes of each."""
    comments = []
    for word in switch_words(switch):
        if comments and len(comments[-1]) + len(word) < _LONGEST_COMMENT:
            comments[-1] += " " + word
        else:
            comments.append("%s restore %s" % (MARK, word))
    return comments


def switch_words(switch):
    """Return how IP forwarding was as a list of words."""
    words = ["forwarding=" + switch.forwarding]
    words += ["policy=" + switch.policy] if switch.policy else []
    words += ["others=yes"] if switch.others else []
    # Others name their interfaces as they like.
    return words + ["%s=%s" % (quote(key, errors="surrogateescape"), value) for key, value in switch.settings]


def switch_of(words):
    """Return the `Switch` that words stand for. Raises ValueError, TypeError."""
    settings = [word for word in words if word.startswith(_SETTING)]
    pairs = (unquote(word, errors="surrogateescape").rsplit("=", 1) for word in settings)
    others = values_of(word for word in words if not word.startswith(_SETTING))
    return Switch(settings=tuple(sorted((key, value) for key, value in pairs)), **others)


def subnet_comment(bridge):
    """Return the comment of a rule whose source or destination is a subnet of a bridge."""
    return "%s bridge %s" % (MARK, bridge)


def port_of(words):
    """Return the `PortPublish` that the words of a comment stand for."""
    host_ip, host_port = _socket(words[2])
    container_ip, container_port = _socket(words[3])
    port = PortPublish(
        owner=words[0],
        protocol=words[1],
        host_ip=host_ip,
        host_port=host_port,
        container_ip=container_ip,
        container_port=container_port,
        **values_of(words[4:]),
    )
    return well_formed(port)


def _options(item, names):
    defaults = type(item)()
    return [
        "%s=%s" % (name, _WORDS.get(value, value))
        for name, value in ((name, getattr(item, name)) for name in names)
        if value != getattr(defaults, name)
    ]


def values_of(words):
    """Return the options that words such as ``hairpin=no`` stand for, as a dict."""
    flags = {word: value for value, word in _WORDS.items()}
    return {name: flags.get(value, value) for name, value in (word.split("=", 1) for word in words)}


def _socket(text):
    host, _colon, port = text.rpartition(":")
    return (address(host.strip("[]")) if host else None), port_range(port)
