# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words in which tests of the kernel adapter speak. All of it runs in a child process inside a host."""

from __future__ import annotations

import dataclasses
import ipaddress

from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import PortRange
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish
from ansible_collections.hostnet.containers.plugins.module_utils.declare.route import Route
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.host import KernelHost
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Link
from ansible_collections.hostnet.containers.plugins.module_utils.state.observation_needs import ObservationNeeds
from ansible_collections.hostnet.containers.plugins.module_utils.steps.addresses import AddAddress
from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import CreateBridge, CreateVeth
from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespaces import CreateNamespace

EVERYTHING = ObservationNeeds(links=True, owned_namespaces=True)
BRIDGE = Link("web", kind="bridge", owner="default", up=True, bridge={})
HOST_END = Link("veth0", kind="veth", owner="default", up=True, master="web", port={}, netns="box", peer="eth0")
PEER = Link("eth0", kind="veth", owner="default", up=True, mac="02:42:0a:14:00:02")


def ip(text):
    """An address."""
    return ipaddress.ip_address(text)


def interface(text):
    """An address with its prefix length."""
    return ipaddress.ip_interface(text)


def route(to, via=None, metric=None):
    """A route."""
    return Route(ipaddress.ip_network(to), None if via is None else ip(via), metric)


def port(host_port, container_ip, container_port, protocol="udp", host_ip=None):
    """A published port."""
    return PortPublish(
        host_port=PortRange(host_port, host_port),
        container_ip=ip(container_ip),
        container_port=PortRange(container_port, container_port),
        protocol=protocol,
        host_ip=None if host_ip is None else ip(host_ip),
    )


def container(name="box", host_end=HOST_END, peer=PEER, bridge=BRIDGE, addresses=("10.20.0.2/24", "fd00:20::2/64")):
    """The steps that make a bridge, and a namespace with addresses on it."""
    made = [
        CreateBridge(bridge),
        AddAddress(None, bridge.name, interface("10.20.0.1/24")),
        AddAddress(None, bridge.name, interface("fd00:20::1/64")),
        CreateNamespace(name, "default", True),
        CreateVeth(dataclasses.replace(host_end, netns=name), peer),
    ]
    return made + [AddAddress(name, peer.name, interface(text)) for text in addresses]


def as_told(found, wanted):
    """A link as it was observed, with only those settings that the wanted one tells."""
    return dataclasses.replace(
        found,
        settings=_only(found.settings, wanted.settings),
        bridge=_only(found.bridge, wanted.bridge),
        port=_only(found.port, wanted.port),
    )


def _only(found, wanted):
    return None if found is None else {name: value for name, value in found.items() if name in (wanted or {})}


def performed(made, wanted=EVERYTHING):
    """Carry out steps, and return the state that is then observed."""
    with KernelHost() as kernel:
        kernel.perform_all(made)
        return kernel.observe(wanted)


def observed(wanted=EVERYTHING):
    """The state of the host."""
    return performed([], wanted)


def refusal(step, before=()):
    """Carry out steps; the last must fail, and its sentence is returned."""
    from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError

    with KernelHost() as kernel:
        kernel.perform_all(before)
        try:
            kernel.perform(step)
        except HostnetError as error:
            return str(error)
    raise AssertionError("%s should have failed" % (step,))
