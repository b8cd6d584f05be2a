# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a Compose file to networks of the module `network`. Nothing is read here but the file itself."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.hostnet.containers.plugins.module_utils.declare.module_options import (
    declaration_of,
    module_spec,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose import keys
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.networks import (
    IMPLIED,
    BridgeNetwork,
    networks_of,
)
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.node import ComposeError, Node
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.placement import Placement
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.report import Report
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.resolvers import resolver_for_all
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.services import service_of
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.text import loaded

POOL = "10.192.0.0/10"
_PLACE = re.compile(r"networks\[(\d+)\](?:\.containers\[(\d+)\])?\.?(.*)", re.DOTALL)


@dataclass(frozen=True)
class Settings:
    """What the file does not say.

    Attributes:
        prefix: before the names of networks and namespaces, to keep files apart that are used on one host.
        variables: dict of what ``${NAME}`` stands for.
        profiles: the profiles whose services count.
        ipv4_pool: where subnets are taken from for networks that give none.
    """

    prefix: str = ""
    variables: dict = field(default_factory=dict)
    profiles: tuple = ()
    ipv4_pool: object = ipaddress.ip_network(POOL)


@dataclass(frozen=True)
class Converted:
    """What became of a file.

    Attributes:
        networks: list of options of the module `network`.
        warnings: list of sentences, each with the key that it is about.
    """

    networks: list
    warnings: list


def convert(compose, settings):
    """Convert a Compose file.

    Args:
        compose: its text, or what a YAML parser made of it.
        settings: `Settings`.

    Raises:
        ComposeError: naming the key, and the remedy.
    """
    report = Report()
    top = Node(loaded(compose) if isinstance(compose, str) else compose, "", settings.variables)
    if not isinstance(top.value, Mapping):
        raise ComposeError("", "this is no Compose file; it has no keys such as services and networks")
    given = {key: node for key, node in top.entries(keys.TOP).items() if node.given}
    if "include" in given:
        report.add(given["include"], "is not followed; give the output of `docker compose config`")
    services = _services(given, settings, report)
    joined = {join.network for service in services.values() for join in service.joins if not service.mode}
    declared = given["networks"].entries() if "networks" in given else {}
    networks = networks_of(declared, sorted(joined & set(IMPLIED)), settings, report)
    placement = Placement(networks, services, settings, report)
    placement.place()
    made = [key for key, network in networks.items() if isinstance(network, BridgeNetwork)]
    converted = [_options(networks[key], placement, report) for key in made]
    _check(converted, [(networks[key].path, placement.first_on[key]) for key in made])
    return Converted(converted, report.sentences)


def _services(given, settings, report):
    nodes = given["services"].entries() if "services" in given else {}
    found = {name: service_of(name, node, settings, report) for name, node in nodes.items()}
    return {name: service for name, service in found.items() if service is not None}


def _options(network, placement, report):
    resolver = resolver_for_all(placement.first_on[network.key], report)
    return {"name": network.name, **network.options, **resolver, "containers": placement.containers[network.key]}


def _check(networks, paths):
    """Refuse what the module would refuse, by the keys of the file."""
    try:
        declaration_of(Network, {**dict.fromkeys(module_spec(Network)), "state": "present", "networks": networks})
    except Invalid as error:
        match = _PLACE.fullmatch(str(error))
        if match is None:
            raise ComposeError("", str(error)) from error
        network, services = paths[int(match[1])]
        raise ComposeError(services[int(match[2])].path if match[2] else network, match[3]) from error
