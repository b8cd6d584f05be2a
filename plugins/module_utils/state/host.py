# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host looks like, as frozen values: observed from the kernel, or as it would be after a plan.

A field that is None was not observed or does not apply. Dicts in these classes are never changed in place;
`with_link` and its like return a new value.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from ansible_collections.hostnet.containers.plugins.module_utils.declare.route import Route


@dataclass(frozen=True)
class Address:
    """An address of an interface.

    Attributes:
        interface: an `ipaddress` interface (address and prefix length).
        ours: whether this collection added it.
    """

    interface: object
    ours: bool = field(default=True, compare=False)


@dataclass(frozen=True)
class BridgeSettings:
    """Settings of a bridge. Times are in seconds."""

    stp: bool = False
    forward_delay: int = 15
    ageing_time: int = 300
    vlan_filtering: bool = False
    multicast_snooping: bool = True


@dataclass(frozen=True)
class PortSettings:
    """Settings of an interface as a port of a bridge.

    Our ports send packets back by default. Where bridged packets pass the firewall (``br_netfilter``), the kernel
    bridges those whose destination was rewritten, and a container reaches its own published port only in this way.
    """

    hairpin: bool = False
    isolated: bool = False


@dataclass(frozen=True)
class Shaping:
    """Limits of a veth pair. Rates are in bits per second, the burst in bytes; None is no limit."""

    rate_to_container: int = None
    rate_from_container: int = None
    burst: int = None


@dataclass(frozen=True)
class Link:
    """A network interface.

    Attributes:
        name: its name.
        kind: ``bridge``, ``veth`` or what else the kernel calls it; empty for hardware.
        owner: who declared it to this collection; None for an interface that is not ours.
        complete: False for a link of ours that an interrupted run left half-made.
        mac: hardware address in lower case.
        mtu: bytes.
        up: administrative state.
        master: name of the bridge that it is a port of.
        enslaved: whether this collection made it a port though it is not ours.
        addresses: tuple of `Address`.
        bridge: `BridgeSettings` of a bridge.
        port: `PortSettings` of a port.
        netns: of our veth's host end: the namespace of the other end.
        peer: of our veth's host end: the name of the other end.
        shaping: of our veth's host end: its limits.
        anti_spoof: of our veth's host end: the (MAC, addresses) that may leave the container; None for any.
        index: the kernel's number; 0 for a link that is still to be made.
    """

    name: str
    kind: str = ""
    owner: str = None
    complete: bool = True
    mac: str = None
    mtu: int = None
    up: bool = False
    master: str = None
    enslaved: bool = False
    addresses: tuple = ()
    bridge: BridgeSettings = None
    port: PortSettings = None
    netns: str = None
    peer: str = None
    shaping: Shaping = Shaping()
    anti_spoof: tuple = None
    index: int = field(default=0, compare=False)

    @property
    def ours(self):
        """Whether this collection made it."""
        return self.owner is not None

    def with_addresses(self, wanted):
        """Return the link with exactly these addresses of ours, those of others untouched.

        Args:
            wanted: interface addresses, or None to leave all as they are.
        """
        if wanted is None:
            return self
        kept = [item for item in self.addresses if item.interface in wanted or not item.ours]
        present = [item.interface for item in kept]
        added = [Address(interface) for interface in wanted if interface not in present]
        return dataclasses.replace(self, addresses=tuple(kept + added))


@dataclass(frozen=True)
class Rule:
    """A rule of routing by source: packets from an address follow the routes of a table.

    Attributes:
        source: the address.
        table: number of the routing table.
    """

    source: object
    table: int

    def __str__(self):
        return "from %s lookup %d" % (self.source, self.table)


@dataclass(frozen=True)
class Namespace:
    """A network namespace under ``/run/netns``.

    Attributes:
        name: its name.
        owner: who declared it; None for one that is not ours.
        attached: whether it is a name that we gave to somebody else's namespace.
        debris: whether it is only the empty file of an interrupted run.
        source: for one to be attached: ``("pid", number)`` or ``("path", file)``.
        inode: the kernel's number of the namespace.
        links: dict from name to `Link`, observed inside.
        routes: dict from interface name to a tuple of our `Route`, a default route included.
        rules: tuple of our `Rule`, sorted.
        sysctls: dict from key to value, as far as they were asked for.
    """

    name: str
    owner: str = None
    attached: bool = False
    debris: bool = False
    source: tuple = field(default=None, compare=False)
    inode: int = field(default=None, compare=False)
    links: dict = field(default_factory=dict)
    routes: dict = field(default_factory=dict)
    rules: tuple = ()
    sysctls: dict = field(default_factory=dict)

    @property
    def ours(self):
        """Whether this collection made the name."""
        return self.owner is not None

    def with_link(self, link):
        """Return the namespace with this link added or replaced."""
        return dataclasses.replace(self, links=dict(self.links, **{link.name: link}))

    def with_routes(self, device, routes):
        """Return the namespace with exactly these routes of ours by way of a device."""
        others = {name: found for name, found in self.routes.items() if name != device}
        own = {device: tuple(sorted(routes, key=route_order))} if routes else {}
        return dataclasses.replace(self, routes={**others, **own})


@dataclass(frozen=True)
class State:
    """A whole host.

    Attributes:
        links: dict from name to `Link`, in the host's own namespace.
        namespaces: dict from name to `Namespace`.
        sysctls: dict from key to value, in the host's own namespace.
        sources: dict from the source of a namespace to be attached to its inode, None if there is none.
        inventory: dict from namespace (None for the host's own) to its `Inventory`.
        networks: dict from name to the `Network` on record; None when not observed.
        files: dict from path to the text of the files of networks.
        resolvers: addresses of the host's name servers that containers can reach, as text.
        units: dict from file name to the text of our units of systemd; None on a host that has no proxies.
        dnsmasq: path of the program of that name; None where it is not installed.
        firewall: dict from family (4, 6) to the observed `firewall.tables.Tables`; empty when not observed.
        other_firewall: dict from family to the `Tables` of the backend of iptables that is not in use, as far as it
            has any.
        remembered: dict from family to the `Switch` that was noted outside the firewall, which survives its flush.
        forward_chains: tuple of `ForwardChain`: what else judges forwarded packets; empty when not observed.
        services: the published ports, masquerade rules and policies in it; None when not observed.
    """

    links: dict = field(default_factory=dict)
    namespaces: dict = field(default_factory=dict)
    sysctls: dict = field(default_factory=dict)
    sources: dict = field(default_factory=dict)
    inventory: dict = field(default_factory=dict)
    networks: dict = None
    files: dict = field(default_factory=dict)
    resolvers: tuple = ()
    units: dict = field(default_factory=dict)
    dnsmasq: str = None
    firewall: dict = field(default_factory=dict)
    other_firewall: dict = field(default_factory=dict)
    remembered: dict = field(default_factory=dict)
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

    def with_services(self, services):
        """Return the host with these published ports, masquerade rules and policies."""
        return dataclasses.replace(self, services=services)


def route_order(route):
    """Sort key of routes: by family, table, destination and metric."""
    return (route.to.version, route.table or 0, route.to, route.metric or 0)


def rule_order(rule):
    """Sort key of rules: by family and address."""
    return (rule.source.version, rule.source, rule.table)


def default_route(gateway):
    """The default route by way of a gateway."""
    import ipaddress

    return Route(to=ipaddress.ip_network("0.0.0.0/0" if gateway.version == 4 else "::/0"), via=gateway)
