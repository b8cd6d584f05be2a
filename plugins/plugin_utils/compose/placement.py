# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services as containers of their networks."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.addresses import Addresses
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.networks import (
    BridgeNetwork,
    ExternalNetwork,
    NoNetwork,
)
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.node import ComposeError
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.services import MODES_WITHOUT_NETWORK


class Placement:
    """Puts services into networks.

    Args:
        networks: dict from key to network, as `networks_of` gives them.
        services: dict from name to `Service`.
        settings: `Settings`.
        report: where to say what has no equivalent.
    """

    def __init__(self, networks, services, settings, report):
        self._networks = networks
        self._services = services
        self._settings = settings
        self._report = report
        self._addresses = Addresses(networks, services)
        self._names = {}
        self._ports = []
        self.containers = {key: [] for key, network in networks.items() if isinstance(network, BridgeNetwork)}
        self.first_on = {key: [] for key in self.containers}

    def place(self):
        """Fill `containers`, lists of options by the key of a network, and `first_on`, the service of each."""
        for service in self._services.values():
            for join in service.joins:
                if isinstance(self._networks.get(join.network), BridgeNetwork):
                    self._names.setdefault(join.network, {})[service.name] = service
        for service in self._services.values():
            if service.mode:
                self._without_network(service)
            else:
                self._place(service)

    # --- one service --------------------------------------------------------------------------------

    def _place(self, service):
        joins = [join for join in service.joins if self._can_join(service, join)]
        joins.sort(key=self._order)
        if not joins or isinstance(self._networks[joins[0].network], ExternalNetwork):
            what = "none of its networks is made here" if service.joins else "it has no network"
            self._report.add(service, "is left out, since %s; declare its container where its network is" % what)
            return
        first, *further = joins
        network = self._networks[first.network]
        options = {"name": service.name}
        namespace = self._settings.prefix + service.namespace
        if namespace != service.name:
            options["netns"] = namespace
        addresses = self._addresses.of(first)
        if addresses:
            options["addresses"] = addresses
        if first.mac or service.mac:
            options["mac"] = first.mac or service.mac
        if first.peer:
            options["peer"] = first.peer
        names = self._further_names(service, joins)
        if names:
            options["hosts"] = names
        ports = self._published(service, network)
        if ports:
            options["ports"] = ports
        if further:
            options["networks"] = [self._further(join) for join in further]
        if service.sysctls:
            options["sysctls"] = service.sysctls
        self.containers[first.network].append(options)
        self.first_on[first.network].append(service)

    def _can_join(self, service, join):
        network = self._networks.get(join.network)
        if network is None:
            raise ComposeError(join.path, "the network %s is not among networks; add it there" % join.network)
        if isinstance(network, NoNetwork):
            instead = "; run the service without a container, or in one of its own" if network.instead else ""
            self._report.add(join, "the network %s is left out%s" % (join.network, instead))
            return False
        if isinstance(network, ExternalNetwork):
            self._report.add(join, "the network %s is made elsewhere; declare it in the same call" % network.name)
        return True

    def _order(self, join):
        """What a service publishes, and its default route, are by the first: one that leads outside, if there is."""
        network = self._networks[join.network]
        elsewhere = isinstance(network, ExternalNetwork)
        return (elsewhere, network.internal, -join.weight[0], -join.weight[1], join.network)

    def _further(self, join):
        network = self._networks[join.network]
        options = {"name": network.name}
        addresses = self._addresses.of(join)
        if addresses:
            options["addresses"] = addresses
        if join.mac:
            options["mac"] = join.mac
        if join.peer:
            options["peer"] = join.peer
        return options if len(options) > 1 else network.name

    # --- names and ports ----------------------------------------------------------------------------

    def _further_names(self, service, joins):
        """Names are those of the container, on all its networks; on each, a name is one container's."""
        keys = [join.network for join in joins if join.network in self._names]
        found = []
        for name in dict.fromkeys((*service.names, *(alias for join in joins for alias in join.aliases))):
            others = [self._names[key].get(name) for key in keys]
            other = next((item for item in others if item not in (None, service)), None)
            if other is not None:
                self._report.add(service, "the name %s is already that of %s; it stays there" % (name, other.name))
            elif name != service.name:
                found.append(name)
                for key in keys:
                    self._names[key][name] = service
        return found

    def _published(self, service, network):
        if network.internal and service.ports:
            self._report.add(service, "its ports are not published, since no traffic enters its networks")
            return []
        found = []
        for port in (port.on_host(network.host_ips) for port in service.ports):
            for other in self._ports:
                if port.overlaps(other):
                    raise ComposeError(port.path, "%s is already published by %s" % (port.short, other.path))
            self._ports.append(port)
            found.append(port.short)
        return found

    # --- services that share a network, or have none ------------------------------------------------

    def _without_network(self, service):
        kind, _colon, name = service.mode.partition(":")
        if kind == "service" and name:
            self._report.add(service, "run it in the namespace %s, that of %s" % (self._shared(service, name), name))
        elif kind == "container" and name:
            self._report.add(service, "run it in the namespace of the container %s, which is declared elsewhere" % name)
        elif service.mode == "host":
            self._report.add(service, "run it in the host's own network; there is nothing to declare")
        elif service.mode == "none":
            self._report.add(service, "has no network; the module netns makes a namespace that has only a loopback")
        else:
            raise ComposeError(
                service.path + ".network_mode",
                "%r is none of bridge, %s, service:NAME and container:NAME"
                % (service.mode, ", ".join(MODES_WITHOUT_NETWORK)),
            )
        if service.ports:
            self._report.add(service, "its ports are not published, since it has no network of its own")

    def _shared(self, service, name):
        """The namespace of a service that may itself share that of another."""
        seen = [service.name]
        while True:
            other = self._services.get(name)
            if other is None or name in seen:
                problem = "is no service" if other is None else "leads back to itself"
                raise ComposeError(service.path + ".network_mode", "%s %s" % (name, problem))
            if not other.mode.startswith("service:"):
                return self._settings.prefix + other.namespace
            seen.append(name)
            name = other.mode.partition(":")[2]
