# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses that services of a Compose file have on their networks."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.networks import BridgeNetwork
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.node import ComposeError
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.subnets import counterpart


class Addresses:
    """The addresses that a file gives, each to one service.

    Args:
        networks: dict from key to network, as `networks_of` gives them.
        services: dict from name to `Service`.
    """

    def __init__(self, networks, services):
        self._networks = networks
        self._taken = {}
        for key, network in networks.items():
            if isinstance(network, BridgeNetwork):
                gateways = [network.gateway_of(subnet) for subnet in network.subnets]
                self._taken[key] = {item: "the gateway" for item in gateways if item is not None}
        for service in services.values():
            for join in service.joins:
                for item in join.addresses if join.network in self._taken else ():
                    other = self._taken[join.network].setdefault(item, service.path)
                    if other != service.path:
                        raise ComposeError(join.path, "the address %s is already that of %s" % (item, other))

    def of(self, join):
        """Return the addresses to declare. Beside one of a family, the module would allocate none of the other."""
        network = self._networks[join.network]
        if not join.addresses or not isinstance(network, BridgeNetwork):
            return [str(item) for item in join.addresses]
        found = [(item, self._subnet(join, network, item)) for item in join.addresses]
        first, its_subnet = found[0]
        for subnet in network.subnets:
            if all(subnet.version != item.version for item, _subnet in found):
                try:
                    other = counterpart(first, its_subnet, subnet, self._taken[join.network])
                except ValueError as error:
                    raise ComposeError(join.path, str(error)) from error
                self._taken[join.network][other] = join.path
                found.append((other, subnet))
        return [str(item) for item, _subnet in found]

    def _subnet(self, join, network, item):
        for subnet in network.given:
            if item in subnet:
                return subnet
        raise ComposeError(
            join.path,
            "the address %s is in no subnet that the network %s gives; add the subnet to its ipam"
            % (item, join.network),
        )
