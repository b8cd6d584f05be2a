# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subnets, gateways and ranges that a network of a Compose file gives."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import (
    address,
    check_subnet,
    check_usable,
    in_subnet,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import (
    subnet as parsed_subnet,
)
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose import keys
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.node import ComposeError


def read_ipam(node, network, report):
    """Put subnets, gateways and what is not to be allocated into a network.

    Args:
        node: the value of ``ipam``.
        network: the `BridgeNetwork`.
        report: where to say what has no equivalent.
    """
    options = node.entries(keys.IPAM)
    if "driver" in options and options["driver"].given and options["driver"].text() != "default":
        report.add(options["driver"], "has no equivalent; addresses are allocated by the module network")
    for key in options["options"].entries() if "options" in options else ():
        report.add(options["options"], "%s has no equivalent; it is left out" % key)
    reserved = []
    for item in options["config"].elements() if "config" in options else ():
        reserved += _read_config(item, network, report)
    network.given = tuple(network.subnets)
    if reserved:
        network.options["reserved"] = [str(entry) for entry in reserved]


def _read_config(node, network, report):
    given = {key: value for key, value in node.entries(keys.IPAM_CONFIG).items() if value.given}
    if "subnet" not in given:
        # Docker takes any subnet of its own then, and the rest would not be in the one chosen here.
        for item in given.values():
            report.add(item, "counts only beside a subnet; it is left out")
        return []
    subnet = _subnet(given["subnet"])
    if network.families[subnet.version] is False:
        report.add(given["subnet"], "IPv%d is disabled; the subnet is left out" % subnet.version)
        return []
    for other in network.subnets:
        if other.version == subnet.version and other.overlaps(subnet):
            raise given["subnet"].refuse("%s overlaps %s of the same network" % (subnet, other))
    network.subnets.append(subnet)
    if "gateway" in given:
        network.gateways[subnet] = _inside(given["gateway"], subnet)
    reserved = []
    if "ip_range" in given:
        allocated = given["ip_range"].read(parsed_subnet)
        if allocated.version != subnet.version or not allocated.subnet_of(subnet):
            raise given["ip_range"].refuse("%s is not within the subnet %s" % (allocated, subnet))
        reserved += sorted(subnet.address_exclude(allocated))
    for item in given["aux_addresses"].entries().values() if "aux_addresses" in given else ():
        reserved.append(_inside(item, subnet))
    return reserved


def _subnet(node):
    found = node.read(parsed_subnet)
    try:
        check_subnet(found, node.path)
    except Invalid as error:
        raise ComposeError("", str(error)) from error
    return found


def _inside(node, subnet):
    found = node.read(address)
    if found not in subnet:
        raise node.refuse("%s is not within the subnet %s" % (found, subnet))
    try:
        check_usable(in_subnet(found, subnet), node.path)
    except Invalid as error:
        raise ComposeError("", str(error)) from error
    return found
