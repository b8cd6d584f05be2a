# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan needs to know of the host, so that nothing else is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ObservationNeeds:
    """A request to observe. Two of them are combined with ``|``.

    Attributes:
        links: the links of the host's own namespace.
        namespaces: names of namespaces to look into.
        owned_namespaces: look into every namespace of ours, too.
        firewall: the firewall of both families. The links are needed with it.
        sysctls: pairs of namespace name (None for the host's own, ``*`` for each that is looked into) and key. A ``*``
            in a key stands for each bridge of the host, or for each interface of a namespace.
        forwarding: the settings of the host's interfaces that change together with IP forwarding, and which of them
            have routes that they learned by router advertisement.
        routes: all routes of the host.
        inventory: all routes and neighbours of the host and of the namespaces that are looked into.
        files: the files of networks, and the name servers of the host.
        sources: namespaces to be attached: ``("pid", number)`` or ``("path", file)``.
    """

    links: bool = False
    namespaces: frozenset = frozenset()
    owned_namespaces: bool = False
    firewall: bool = False
    sysctls: frozenset = frozenset()
    sources: frozenset = frozenset()
    files: bool = False
    routes: bool = False
    inventory: bool = False
    forwarding: bool = False

    def __or__(self, other):
        return ObservationNeeds(
            self.links or other.links,
            self.namespaces | other.namespaces,
            self.owned_namespaces or other.owned_namespaces,
            self.firewall or other.firewall,
            self.sysctls | other.sysctls,
            self.sources | other.sources,
            self.files or other.files,
            self.routes or other.routes,
            self.inventory or other.inventory,
            self.forwarding or other.forwarding,
        )
