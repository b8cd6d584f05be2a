# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared of a container's interface on a network."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import address, interface_address, mac
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import network_name
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import option, option_of
from ansible_collections.hostnet.containers.plugins.module_utils.declare.veth_pair import VethPair


def addresses(values):
    """Parse addresses with or without a prefix length; without one, that of the subnet is taken."""
    return tuple(interface_address(value) if "/" in value else address(value) for value in values)


@dataclass(frozen=True)
class Interface:
    """An interface of a container. What it has in common with every veth pair is an option of `VethPair`.

    Attributes:
        addresses: None to have them allocated.
        mac: hardware address; None to have it derived.
        peer: its name; None for ``eth`` and its position among the container's networks.
        gateways: next hops of its default routes; None for those of the network.
        routes: static routes by way of it; exact.
        rate_to_container: bits per second; None for no limit.
        rate_from_container: bits per second; None for no limit.
        burst: bytes that may pass at once above the rates.
        queue_length: packets that may wait to be sent, at both ends; None to leave it as it is.
        anti_spoof: whether only its own MAC and IP addresses may leave it; None for what the network says.
        allowed_addresses: networks whose addresses may leave it, too.
    """

    addresses: tuple = option("list", addresses, elements="str")
    mac: str = option("str", mac)
    peer: str = option_of(VethPair, "peer")
    gateways: tuple = option_of(VethPair, "gateways")
    routes: tuple = option_of(VethPair, "routes", default=())
    rate_to_container: int = option_of(VethPair, "rate_to_container")
    rate_from_container: int = option_of(VethPair, "rate_from_container")
    burst: int = option_of(VethPair, "burst")
    queue_length: int = option_of(VethPair, "queue_length")
    anti_spoof: bool = option_of(VethPair, "anti_spoof")
    allowed_addresses: tuple = option_of(VethPair, "allowed_addresses", default=())


def named(value):
    """Return the raw options that the name of a network stands for."""
    if not isinstance(value, str):
        raise ValueError("%r is no network; give its name as text, in quotes, or a dict of options" % (value,))
    return {"name": value}


@dataclass(frozen=True)
class Attachment(Interface):
    """A network of a container, and its interface there.

    Attributes:
        name: the network.
    """

    name: str = option("str", network_name, required=True)

    KIND = "a further network"
    SHORT_FORM = staticmethod(named)


def attachment_of(name, interface, position):
    """Return an interface as one on a named network, with its own name settled.

    Args:
        name: of the network.
        interface: an `Interface`, such as a container, which is one on the network that declares it.
        position: of the network among those of the container.
    """
    values = {field: getattr(interface, field) for field in _OF_INTERFACE}
    values["peer"] = interface.peer or "eth%d" % position
    return Attachment(name=name, **values)


_OF_INTERFACE = tuple(field.name for field in dataclasses.fields(Interface))
