# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network namespace with its routes and rules, as frozen values; dicts in them are never changed in place."""

from __future__ import annotations

import dataclasses
import ipaddress
from dataclasses import dataclass, field

from ansible_collections.hostnet.containers.plugins.module_utils.declare.route import Route

LOOPBACK = "lo"


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
class Found:
    """A route or a rule that somebody else made.

    Attributes:
        words: that tell it.
        route: of a route, the `Route` as far as it is one.
        body: the kernel's own message about it, by which it is removed, whatever it has beside.
    """

    words: str
    route: Route = None
    body: bytes = field(default=b"", repr=False)

    def __str__(self):
        return self.words


@dataclass(frozen=True)
class Namespace:
    """A network namespace under ``/run/netns``.

    Attributes:
        name: its name.
        owner: who declared it; None for one that is not ours.
        attached: whether it is a name that we gave to somebody else's namespace.
        claimed: whether only its own ``lo`` says that it is ours, as namespaces of earlier versions do. Root inside can
            write that, so that it decides nothing but whether a declaration takes the namespace over.
        loopback: the name that its loopback interface has, which is ``lo`` unless somebody renamed it.
        loopback_lacks: those addresses of every loopback interface that somebody took away.
        debris: whether it is only the empty file of an interrupted run.
        source: for one to be attached: ``("pid", number)`` or ``("path", file)``.
        inode: the kernel's number of the namespace.
        links: dict from name to `Link`, observed inside.
        routes: dict from interface name to a tuple of our `Route`, a default route included.
        rules: tuple of our `Rule`, sorted.
        others_routes: tuple of `Found`: the routes of others that could be in the way of ours.
        others_rules: tuple of `Found`: the rules of others that bear a number of ours.
        sysctls: dict from key to value, as far as they were asked for.
    """

    name: str
    owner: str = None
    attached: bool = False
    claimed: bool = False
    loopback: str = "lo"
    loopback_lacks: tuple = ()
    debris: bool = False
    source: tuple = field(default=None, compare=False)
    inode: int = field(default=None, compare=False)
    links: dict = field(default_factory=dict)
    routes: dict = field(default_factory=dict)
    rules: tuple = ()
    others_routes: tuple = ()
    others_rules: tuple = ()
    sysctls: dict = field(default_factory=dict)

    @property
    def ours(self):
        """Whether this collection made the name."""
        return self.owner is not None

    def of_owner(self, owner):
        """Return the namespace as that of another owner, and so its ``lo`` if that bears the mark."""
        marked = {
            name: dataclasses.replace(link, owner=owner)
            for name, link in self.links.items()
            if name == LOOPBACK and link.ours
        }
        return dataclasses.replace(self, owner=owner, links={**self.links, **marked})

    @property
    def made_here(self):
        """Whether this collection made the namespace itself, so that all in it may be set right."""
        return self.ours and not self.attached

    def with_link(self, link):
        """Return the namespace with this link added or replaced."""
        return dataclasses.replace(self, links=dict(self.links, **{link.name: link}))

    def with_routes(self, device, routes):
        """Return the namespace with exactly these routes of ours by way of a device."""
        others = {name: found for name, found in self.routes.items() if name != device}
        own = {device: tuple(sorted(routes, key=route_order))} if routes else {}
        return dataclasses.replace(self, routes={**others, **own})


def route_order(route):
    """Sort key of routes: by family, table, destination and metric."""
    return (route.to.version, route.table or 0, route.to, route.metric or 0)


def rule_order(rule):
    """Sort key of rules: by family and address."""
    return (rule.source.version, rule.source, rule.table)


def default_route(gateway):
    """The default route by way of a gateway."""

    return Route(to=ipaddress.ip_network("0.0.0.0/0" if gateway.version == 4 else "::/0"), via=gateway)
