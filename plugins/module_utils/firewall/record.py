# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services written into rule comments and read back, so that no state file is needed.

A comment holds what cannot be seen from the rule itself in a form that every version of iptables prints alike:
``hostnet port OWNER PROTOCOL HOST TARGET name=value...``. Options with their default value are left out.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import address, network
from ansible_collections.hostnet.containers.plugins.module_utils.declare.dns_server import DnsServer
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding
from ansible_collections.hostnet.containers.plugins.module_utils.declare.masquerade import Masquerade
from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import port_range
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish, bracketed
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.rule import MARK
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.services import Services, Switch

_WORDS = {True: "yes", False: "no"}
_PORT_OPTIONS = ("bridge", "loopback", "hairpin")
_MASQUERADE_OPTIONS = ("bridge", "out_interface", "to_source", "random_fully")
_DNS_OPTIONS = ("internal",)
_FORWARDING_OPTIONS = ("isolate", "internal", "icc", "direct_access")


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


def dns_comment(server):
    """Return the comment of the rules that let queries through to a DNS server."""
    return " ".join([MARK, "dns", server.owner, server.bridge] + _options(server, _DNS_OPTIONS))


def switch_comment(switch):
    """Return the comment that remembers how IP forwarding was."""
    return "%s restore %s" % (MARK, switch_words(switch))


def switch_words(switch):
    """Return how IP forwarding was as words."""
    policy = " policy=%s" % switch.policy if switch.policy else ""
    return "forwarding=%s%s%s" % (switch.forwarding, policy, " others=yes" if switch.others else "")


def switch_of(words):
    """Return the `Switch` that words stand for."""
    return Switch(**_values(words))


def subnet_comment(bridge):
    """Return the comment of a rule whose source or destination is a subnet of a bridge."""
    return "%s bridge %s" % (MARK, bridge)


def read_services(tables_by_family):
    """Read back the services that the rules of ours stand for.

    Args:
        tables_by_family: dict from family to observed `Tables`.
    """
    reader = _Reader()
    for family, tables in tables_by_family.items():
        for _table, _chain, item in tables.rules_of_ours():
            words = item.comment.split(" ")
            if words[0] == MARK and len(words) > 1:
                reader.read(family, item, words[1], words[2:])
    return reader.services()


def port_key(item):
    """Return the key of the published port that a rule of ours belongs to, or None."""
    words = item.comment.split(" ")
    return _port_of(words[2:]).key if words[:2] == [MARK, "port"] else None


def _port_of(words):
    host_ip, host_port = _socket(words[2])
    container_ip, container_port = _socket(words[3])
    return PortPublish(
        owner=words[0],
        protocol=words[1],
        host_ip=host_ip,
        host_port=host_port,
        container_ip=container_ip,
        container_port=container_port,
        **_values(words[4:]),
    )


class _Reader:
    """Collects services from comments; a service's rules may be many."""

    def __init__(self):
        self.seen = {}
        self.ports, self.masquerades, self.policies, self.subnets, self.switches = {}, {}, {}, {}, {}
        self.dns = {}

    def read(self, family, item, kind, words):
        if kind == "port":
            self._port(item, words)
        elif kind == "masquerade":
            self._masquerade(item, words)
        elif kind == "forwarding":
            policy = Forwarding(owner=words[0], bridge=words[1], **_values(words[2:]))
            self.policies[policy.key] = policy
        elif kind == "dns":
            server = DnsServer(owner=words[0], bridge=words[1], **_values(words[2:]))
            self.dns.setdefault(server.key, (server, set()))[1].add(address(item.option("-d")))
        elif kind == "bridge":
            self._subnet(item, words[0])
        elif kind == "restore":
            self.switches[family] = switch_of(words)

    def _port(self, item, words):
        text = " ".join(words)
        if text not in self.seen:
            port = _port_of(words)
            self.seen[text] = port.key
            self.ports[port.key] = (port, set())
        source = item.option("-s")
        if source and not item.negates("-s"):
            self.ports[self.seen[text]][1].add(network(source))

    def _masquerade(self, item, words):
        values = _values(words[2:])
        if "to_source" in values:
            values["to_source"] = address(values["to_source"])
        found = Masquerade(owner=words[0], source=network(words[1]), **values)
        _kept, exclude = self.masquerades.setdefault(found.key, (found, set()))
        if item.target == "RETURN":
            exclude.add(network(item.option("-d")))

    def _subnet(self, item, bridge):
        for option in ("-s", "-d"):
            if item.option(option):
                self.subnets.setdefault(bridge, set()).add(network(item.option(option)))

    def services(self):
        return Services(
            ports={
                key: dataclasses.replace(port, allowed_sources=_sorted(sources))
                for key, (port, sources) in self.ports.items()
            },
            masquerades={
                key: dataclasses.replace(item, exclude=_sorted(exclude))
                for key, (item, exclude) in self.masquerades.items()
            },
            policies=self.policies,
            dns={
                key: dataclasses.replace(server, addresses=_sorted(addresses))
                for key, (server, addresses) in self.dns.items()
            },
            subnets={bridge: _sorted(networks) for bridge, networks in self.subnets.items()},
            switches=self.switches,
        )


def _options(item, names):
    defaults = type(item)()
    return [
        "%s=%s" % (name, _WORDS.get(value, value))
        for name, value in ((name, getattr(item, name)) for name in names)
        if value != getattr(defaults, name)
    ]


def _values(words):
    flags = {word: value for value, word in _WORDS.items()}
    return {name: flags.get(value, value) for name, value in (word.split("=", 1) for word in words)}


def _socket(text):
    host, _colon, port = text.rpartition(":")
    return (address(host.strip("[]")) if host else None), port_range(port)


def _sorted(items):
    return tuple(sorted(items, key=lambda item: (item.version, item)))
