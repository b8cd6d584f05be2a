# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks of a Compose file as networks of the module `network`, without their containers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import (
    INTERFACE_BYTES,
    network_name,
)
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose import keys
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.driver_options import read_driver_options
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.ipam import read_ipam
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.node import ComposeError, Node
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.subnets import chosen_ipv4, chosen_ipv6

# Drivers of networks that are a bridge of the host; overlay is one as far as a single host goes.
_BRIDGES = (None, "", "bridge", "default")
# What Compose means where a file names no network, and what `network_mode: bridge` means.
IMPLIED = ("default", "bridge")


@dataclass
class BridgeNetwork:
    """A network that is made.

    Attributes:
        key: its key in the file.
        name: of the network, and of what belongs to it.
        path: where it stands in the file.
        options: of the module `network`.
        subnets: networks of both families, those of the file first.
        given: those of them that the file gives.
        families: whether the file enables each, or None.
        gateways: dict from subnet to the host's address, as far as the file gives them.
        host_ips: dict from family to the address of the host that ports are published on.
    """

    key: str
    name: str
    path: str
    options: dict = field(default_factory=dict)
    subnets: list = field(default_factory=list)
    given: tuple = ()
    families: dict = field(default_factory=lambda: {4: None, 6: None})
    gateways: dict = field(default_factory=dict)
    host_ips: dict = field(default_factory=dict)

    @property
    def missing_families(self):
        """The families that it has no subnet of, and needs one: IPv4 unless it is disabled, IPv6 if it is enabled."""
        wanted = {4: self.families[4] is not False, 6: self.families[6] is True}
        has = {subnet.version for subnet in self.subnets}
        return [family for family in wanted if wanted[family] and family not in has]

    @property
    def internal(self):
        """Whether no traffic leaves or enters."""
        return self.options.get("internal", False)

    def gateway_of(self, subnet):
        """The host's address in a subnet, or None."""
        if subnet in self.gateways:
            return self.gateways[subnet]
        return subnet.network_address + (1 if subnet.num_addresses > 2 else 0) if subnet.num_addresses > 1 else None


@dataclass(frozen=True)
class ExternalNetwork:
    """A network that is declared elsewhere."""

    key: str
    name: str
    path: str
    internal: bool = False


@dataclass(frozen=True)
class NoNetwork:
    """A network that cannot be made. `instead` is a network mode, if it stands for one."""

    key: str
    path: str
    instead: str = ""


def networks_of(declared, implied, settings, report):
    """Return a dict from key to `BridgeNetwork`, `ExternalNetwork` or `NoNetwork`, with all subnets.

    Args:
        declared: dict from key to the `Node` of each network of the file.
        implied: keys that services join without a network of that name in the file.
        settings: `Settings`.
        report: where to say what has no equivalent.
    """
    nodes = {**{key: Node(None, "networks." + key) for key in implied if key not in declared}, **declared}
    found = {key: _network(key, node, settings, report) for key, node in nodes.items()}
    made = [item for item in found.values() if isinstance(item, BridgeNetwork)]
    _check_apart(made)
    _choose_subnets(made, settings)
    for item in made:
        _finish(item)
    return found


def _network(key, node, settings, report):
    options = node.entries(keys.NETWORK)
    outside = _external(options)
    name = options["name"].text() if _given(options, "name") else (outside or key)
    if outside is not None:
        if name in ("host", "none"):
            return NoNetwork(key, node.path, name)
        return ExternalNetwork(key, _named(name, node), node.path)
    # A name of its own is the same whatever the project is called.
    full = name if _given(options, "name") else settings.prefix + name
    driver = options["driver"].text() if _given(options, "driver") else None
    if driver in ("host", "none"):
        return NoNetwork(key, node.path, driver)
    if driver == "overlay":
        report.add(options["driver"], "a network of this collection ends with its host; a bridge is made on each")
    elif driver not in _BRIDGES:
        report.add(options["driver"], "%s has no equivalent; the network is left out" % driver)
        return NoNetwork(key, node.path)
    network = BridgeNetwork(key, _named(full, node), node.path)
    if _given(options, "internal") and options["internal"].switch():
        network.options["internal"] = True
    network.families = {4: _switch(options, "enable_ipv4"), 6: _switch(options, "enable_ipv6")}
    if "driver_opts" in options:
        read_driver_options(options["driver_opts"], network, report)
    if "ipam" in options:
        read_ipam(options["ipam"], network, report)
    if not network.subnets and not network.missing_families:
        raise node.refuse("has neither IPv4 nor IPv6; enable one")
    return network


def _external(options):
    """The name of an external network, an empty text for that of its key, or None."""
    node = options.get("external")
    if node is None or not node.given:
        return None
    if isinstance(node.value, dict):
        given = node.entries(("name",))
        return given["name"].text() if _given(given, "name") else ""
    return "" if node.switch() else None


def _choose_subnets(networks, settings):
    """In the order of names, not of the file: moving a network in it changes nothing."""
    taken = [subnet for item in networks for subnet in item.subnets]
    for item in sorted(networks, key=lambda network: network.name):
        for family in item.missing_families:
            try:
                subnet = chosen_ipv4(item.name, settings.ipv4_pool, taken) if family == 4 else chosen_ipv6(item.name)
            except ValueError as error:
                raise ComposeError(item.path, "%s; give the network a subnet, or another ipv4_pool" % error) from error
            taken.append(subnet)
            item.subnets.append(subnet)


def _finish(network):
    options = network.options
    bridge = options.get("bridge", "br-" + network.name)
    if len(bridge) > INTERFACE_BYTES:
        # As Docker names its own, by a number that is always the same.
        options["bridge"] = "br-" + hashlib.sha256(network.name.encode()).hexdigest()[: INTERFACE_BYTES - 3]
    options["subnets"] = [str(subnet) for subnet in network.subnets]
    if network.gateways:
        found = [network.gateway_of(subnet) for subnet in network.subnets]
        options["gateways"] = [str(gateway) for gateway in found if gateway is not None]


def _check_apart(networks):
    for place, item in enumerate(networks):
        for other in networks[:place]:
            if other.name == item.name:
                raise ComposeError(item.path, "its name %s is also that of %s" % (item.name, other.path))
            bridge = item.options.get("bridge")
            if bridge is not None and bridge == other.options.get("bridge"):
                raise ComposeError(item.path, "its bridge %s is also that of %s" % (bridge, other.path))
            for subnet in item.subnets:
                for taken in other.subnets:
                    if taken.version == subnet.version and taken.overlaps(subnet):
                        raise ComposeError(item.path, "its subnet %s overlaps %s of %s" % (subnet, taken, other.path))


def _named(name, node):
    try:
        return network_name(name)
    except ValueError as error:
        raise node.refuse(str(error)) from error


def _given(options, key):
    return key in options and options[key].given


def _switch(options, key):
    return options[key].switch() if _given(options, key) else None
