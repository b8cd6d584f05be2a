# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rules of ours stand for: published ports, masquerade rules, forwarding policies, DNS servers."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Switch:
    """How IP forwarding was before this collection switched it on.

    Attributes:
        forwarding: the value of the kernel setting, ``0`` or ``1``.
        policy: the policy that the FORWARD chain had before this collection set it to DROP; None if it did not.
        others: whether others had rules then that need the policy ACCEPT once packets are forwarded. As none were,
            they do not rely on it.
        settings: pairs of a further kernel setting and the value that it gets back, sorted.
    """

    forwarding: str
    policy: str = None
    others: bool = False
    settings: tuple = ()


@dataclass(frozen=True)
class Services:
    """All that the rules of ours stand for, of both families.

    Attributes:
        ports: dict from key to `PortPublish`, each with its bridge.
        masquerades: dict from key to `Masquerade`.
        policies: dict from bridge to the `Forwarding` that was declared for it.
        dns: dict from bridge to its `DnsServer`.
        subnets: dict from bridge to its networks.
        switches: dict from family to `Switch`.
    """

    ports: dict = field(default_factory=dict)
    masquerades: dict = field(default_factory=dict)
    policies: dict = field(default_factory=dict)
    dns: dict = field(default_factory=dict)
    subnets: dict = field(default_factory=dict)
    switches: dict = field(default_factory=dict)

    def replace(self, **changes):
        """Return the services with some fields replaced."""
        return dataclasses.replace(self, **changes)

    def over(self, others):
        """Return the union with other services; of two with the same key, this one's stays."""
        return Services(
            **{
                item.name: {**getattr(others, item.name), **getattr(self, item.name)}
                for item in dataclasses.fields(Services)
            }
        )

    @property
    def bridges(self):
        """Names of the bridges that the services are for, sorted."""
        named = {*self.policies, *self.dns}
        named.update(item.bridge for item in self.ports.values())
        named.update(item.bridge for item in self.masquerades.values())
        return tuple(sorted(named - {None}))

    def of_family(self, family):
        """Return the ports and the masquerade rules of one family, sorted."""
        ports = sorted((item for item in self.ports.values() if item.family == family), key=port_order)
        rules = sorted((item for item in self.masquerades.values() if item.family == family), key=lambda item: item.key)
        return ports, rules


def port_order(port):
    """Sort key of published ports."""
    return (port.protocol, port.host_port, str(port.only_host_ip or ""))


def without(items, keys):
    """Return a dict without some keys."""
    return {key: value for key, value in items.items() if key not in keys}
