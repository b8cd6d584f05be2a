# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services read back from the rules of ours and their comments, so that no state file is needed."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import address, network
from ansible_collections.hostnet.containers.plugins.module_utils.declare.dns_server import DnsServer
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding
from ansible_collections.hostnet.containers.plugins.module_utils.declare.masquerade import Masquerade
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import well_formed
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import MARK
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.rule_comments import (
    port_of,
    switch_of,
    values_of,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.services import Services

NOT_UNDERSTOOD = (ValueError, TypeError, LookupError, AttributeError, Invalid)
EVERY_ADDRESS = {4: "0.0.0.0/0", 6: "::/0"}


def read_services(tables_by_family):
    """Read back the services that the rules of ours stand for.

    A rule that stands for nothing, since another version or program wrote it, is passed over: it differs from what its
    chain shall hold, and is replaced.

    Args:
        tables_by_family: dict from family to observed `Tables`.
    """
    reader = _Reader()
    for family, tables in tables_by_family.items():
        for _table, _chain, item in tables.rules_of_ours():
            words = item.comment.split(" ")
            if words[0] == MARK and len(words) > 1:
                try:
                    reader.read(family, item, words[1], words[2:])
                except NOT_UNDERSTOOD:
                    continue
    return reader.services()


def port_key(item):
    """Return the key of the published port that a rule of ours belongs to, or None."""
    words = item.comment.split(" ")
    try:
        return port_of(words[2:]).key if words[:2] == [MARK, "port"] else None
    except NOT_UNDERSTOOD:
        return None


class _Reader:
    """Collects services from comments; a service's rules may be many."""

    def __init__(self):
        self.seen = {}
        self.ports, self.masquerades, self.policies, self.subnets, self.switches = {}, {}, {}, {}, {}
        self.dns, self.denied = {}, {}

    def read(self, family, item, kind, words):
        if kind == "port":
            self._port(item, words)
        elif kind == "masquerade":
            self._masquerade(item, words)
        elif kind == "forwarding":
            policy = well_formed(Forwarding(owner=words[0], bridge=words[1], **values_of(words[2:])))
            self.policies[policy.key] = policy
        elif kind == "deny":
            self.denied.setdefault(words[0], set()).add(network(words[1]))
        elif kind == "dns":
            values = values_of(words[2:])
            servers = tuple(address(text) for text in values.pop("servers", "").split(",") if text)
            server = DnsServer(owner=words[0], bridge=words[1], servers=servers, **values)
            listening = address(item.option("-d"))
            self.dns.setdefault(server.key, (server, set()))[1].add(listening)
        elif kind == "bridge":
            self._subnet(item, words[0])
        elif kind == "restore":
            self._switch(family, words)

    def _port(self, item, words):
        text = " ".join(words)
        if text not in self.seen:
            port = port_of(words)
            self.seen[text] = port.key
            self.ports[port.key] = (port, set())
        source = item.option("-s")
        if source and not item.negates("-s"):
            self.ports[self.seen[text]][1].add(network(source))

    def _switch(self, family, words):
        """What is remembered may take several comments, of which one says how forwarding was."""
        switch_of(["forwarding=0", *(word for word in words if not word.startswith("forwarding="))])
        self.switches.setdefault(family, {}).update(dict.fromkeys(words))

    def _masquerade(self, item, words):
        values = values_of(words[2:])
        if "to_source" in values:
            values["to_source"] = address(values["to_source"])
        found = well_formed(Masquerade(owner=words[0], source=network(words[1]), **values))
        _kept, exclude = self.masquerades.setdefault(found.key, (found, set()))
        if item.target == "RETURN":
            exclude.add(network(item.option("-d") or EVERY_ADDRESS[found.family]))

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
            policies={
                key: dataclasses.replace(policy, deny_destinations=_sorted(self.denied.get(key, ())))
                for key, policy in self.policies.items()
            },
            dns={
                key: dataclasses.replace(server, addresses=_sorted(addresses))
                for key, (server, addresses) in self.dns.items()
            },
            subnets={bridge: _sorted(networks) for bridge, networks in self.subnets.items()},
            switches={
                family: switch_of(words)
                for family, words in self.switches.items()
                if any(word.startswith("forwarding=") for word in words)
            },
        )


def _sorted(items):
    return tuple(sorted(items, key=lambda item: (item.version, item)))
