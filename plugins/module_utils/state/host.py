# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host looks like, as frozen values: observed from the kernel, or as it would be after a plan.

A field that is None was not observed or does not apply. Dicts in these classes are never changed in place;
`with_link` and its like return a new value.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from ansible_collections.hostnet.containers.plugins.module_utils.state.resolver import Resolver


@dataclass(frozen=True)
class State:
    """A whole host.

    Attributes:
        links: dict from name to `Link`, in the host's own namespace.
        namespaces: dict from name to `Namespace`.
        sysctls: dict from key to value, in the host's own namespace.
        advertised: names of interfaces with routes that they learned by router advertisement; only where forwarding
            of IPv6 may yet be switched on.
        sources: dict from the source of a namespace to be attached to the `Namespace` there, None if there is none.
        inode: the kernel's number of the host's own namespace; None where nothing is to be attached.
        inventory: dict from namespace (None for the host's own) to its `Inventory`.
        networks: dict from name to the `Network` on record; None when not observed.
        on_record: dict from name to those networks on record that the plan is not about. Where files were not asked
            for, they are only observed if rules are missing that each network has.
        damaged: dict from the name of each network whose record cannot be used to a sentence that says why.
        files: dict from path to the text of the files of networks, or to a `NoFile`.
        resolver: the `Resolver` of the host.
        units: dict from file name to the text of our units of systemd; None on a host that has no proxies.
        dnsmasq: path of the program of that name; None where it is not installed.
        firewall: dict from family (4, 6) to the observed `firewall.tables.Tables`; empty when not observed.
        other_firewall: dict from family to the `Tables` of the backend of iptables that is not in use, as far as it
            has any.
        remembered: dict from family to the `Switch` that was noted outside the firewall, which survives its flush.
        bridge_table: the `BridgeTable`: our rules on frames; None when not observed.
        forward_chains: tuple of `ForwardChain`: what else judges forwarded packets; empty when not observed.
        services: the published ports, masquerade rules and policies in it; None when not observed.
    """

    links: dict = field(default_factory=dict)
    namespaces: dict = field(default_factory=dict)
    sysctls: dict = field(default_factory=dict)
    advertised: frozenset = frozenset()
    sources: dict = field(default_factory=dict)
    inode: int = None
    inventory: dict = field(default_factory=dict)
    networks: dict = None
    on_record: dict = field(default_factory=dict)
    damaged: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    resolver: Resolver = Resolver()
    units: dict = field(default_factory=dict)
    dnsmasq: str = None
    firewall: dict = field(default_factory=dict)
    other_firewall: dict = field(default_factory=dict)
    remembered: dict = field(default_factory=dict)
    bridge_table: object = None
    forward_chains: tuple = ()
    services: object = None

    def with_link(self, link):
        """Return the host with this link added or replaced."""
        return dataclasses.replace(self, links=dict(self.links, **{link.name: link}))

    def without_link(self, name):
        """Return the host without the link of this name; the ports of a bridge lose their master."""
        links = {
            key: dataclasses.replace(link, master=None, port=None, enslaved=False) if link.master == name else link
            for key, link in self.links.items()
            if key != name
        }
        return dataclasses.replace(self, links=links)

    def with_namespace(self, namespace):
        """Return the host with this namespace added or replaced."""
        return dataclasses.replace(self, namespaces=dict(self.namespaces, **{namespace.name: namespace}))

    def without_namespace(self, name):
        """Return the host without the namespace of this name."""
        kept = {key: value for key, value in self.namespaces.items() if key != name}
        return dataclasses.replace(self, namespaces=kept)

    def with_sysctl(self, key, value):
        """Return the host with one kernel setting changed."""
        return dataclasses.replace(self, sysctls=dict(self.sysctls, **{key: value}))

    def with_bridge_table(self, table):
        """Return the host with these rules on frames, and its links as they are guarded by them."""
        guarded = {
            name: dataclasses.replace(link, anti_spoof=table.guards.get(name))
            for name, link in self.links.items()
            if link.anti_spoof != table.guards.get(name)
        }
        return dataclasses.replace(self, bridge_table=table, links={**self.links, **guarded})

    def with_services(self, services):
        """Return the host with these published ports, masquerade rules and policies."""
        return dataclasses.replace(self, services=services)
