# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of Docker's and Podman's bridge driver as options of the module `network`."""

from __future__ import annotations

import re

from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import interface_name
from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import within
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import host_address

_BRIDGE = "com.docker.network.bridge."
_SWITCHES = {
    _BRIDGE + "enable_icc": ("icc", True),
    _BRIDGE + "enable_ip_masquerade": ("masquerade", True),
    "isolate": ("isolate", True),
}
_FAMILIES = {"com.docker.network.enable_ipv4": 4, "com.docker.network.enable_ipv6": 6}
_HOST_BINDINGS = {_BRIDGE + "host_binding_ipv4": 4, _BRIDGE + "host_binding_ipv6": 6}
_SOURCES = {"com.docker.network.host_ipv4": 4, "com.docker.network.host_ipv6": 6}
_GATEWAY_MODES = tuple(_BRIDGE + "gateway_mode_ipv%d" % family for family in (4, 6))
_WITHOUT = {
    _BRIDGE + "inhibit_ipv4": "the bridge has its address",
    _BRIDGE + "trusted_host_interfaces": "direct_access of the module network opens container addresses to all",
    "com.docker.network.container_iface_prefix": "interfaces are called eth0, eth1 and so on",
}


def _mtu(text):
    if not re.fullmatch("[0-9]{1,9}", text):
        raise ValueError("%r is not a whole number" % text)
    return within(68, 65535, " bytes")(text)


_VALUES = {
    "com.docker.network.driver.mtu": ("mtu", _mtu),
    "mtu": ("mtu", _mtu),
    _BRIDGE + "name": ("bridge", interface_name),
}


def read_driver_options(node, network, report):
    """Put what the options say into a network.

    Args:
        node: the value of ``driver_opts``.
        network: the `BridgeNetwork`.
        report: where to say what has no equivalent.
    """
    sources = []
    for key, item in node.entries().items():
        if not item.given:
            continue
        if key in _SWITCHES:
            name, default = _SWITCHES[key]
            value = item.switch()
            if value != default:
                network.options[name] = value
        elif key in _VALUES:
            name, parse = _VALUES[key]
            network.options[name] = item.read(parse)
        elif key in _FAMILIES:
            if network.families[_FAMILIES[key]] is None:
                network.families[_FAMILIES[key]] = item.switch()
        elif key in _HOST_BINDINGS:
            found = _address(item, _HOST_BINDINGS[key])
            if not found.is_unspecified:
                network.host_ips[_HOST_BINDINGS[key]] = found
        elif key in _SOURCES:
            sources.append(str(_address(item, _SOURCES[key])))
        elif key not in _GATEWAY_MODES or item.text() != "nat":
            report.add(item, "has no equivalent; %s" % _WITHOUT.get(key, "it is left out"))
    if sources:
        network.options.setdefault("masquerade", sources)


def _address(node, family):
    found = node.read(host_address)
    if found.version != family:
        raise node.refuse("%s is no IPv%d address" % (found, family))
    return found
