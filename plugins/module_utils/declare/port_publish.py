# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared resource `PortPublish`: a port of the host that leads to a container."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import address, networks
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import interface_name
from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import PortRange, port_range
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import option
from ansible_collections.hostnet.containers.plugins.module_utils.declare.short_form import expand
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid

LOOPBACK = "route_localnet"


def host_address(value):
    """Parse the host's address; the unspecified one means every address, as with Docker."""
    parsed = address(value)
    if parsed.is_multicast:
        raise ValueError("%s is a multicast address; give an address of the host" % value)
    return parsed


@dataclass(frozen=True)
class PortPublish:
    """A published port, or a run of them.

    Attributes:
        host_port: the port or ports of the host.
        container_ip: where they lead.
        container_port: the port or ports there; None for the same as `host_port`.
        protocol: ``tcp``, ``udp`` or ``sctp``.
        host_ip: the one address of the host to publish on; None for all of the container's family.
        bridge: the bridge that the container is on.
        loopback: how the host itself reaches the port by 127.0.0.1 or ``[::1]``: ``route_localnet``, ``proxy`` or
            ``none``.
        hairpin: whether containers on the bridge reach it by the host's address.
        allowed_sources: who may reach it; empty for anyone.
        owner: who declared it; the scope of purge.
    """

    host_port: PortRange = option("str", port_range)
    container_ip: object = option("str", address)
    container_port: PortRange = option("str", port_range)
    protocol: str = option("str", choices=["tcp", "udp", "sctp"], default="tcp")
    host_ip: object = option("str", host_address)
    bridge: str = option("str", interface_name)
    loopback: str = option("str", choices=["route_localnet", "proxy", "none"], default=LOOPBACK)
    hairpin: bool = option("bool", default=True)
    allowed_sources: tuple = option("list", networks, elements="str", default=())
    owner: str = "default"

    KIND = "published port"
    LIST = "ports"
    KEY = ("host_port",)
    NEEDED = ("container_ip",)
    SHORT_FORM = staticmethod(expand)

    @property
    def key(self):
        """What makes it this one and no other."""
        return (self.protocol, str(self.only_host_ip or ""), self.host_port, self.family)

    @property
    def family(self):
        """4 or 6: the family of the container's address."""
        known = self.container_ip or self.host_ip
        return known.version if known is not None else 4

    @property
    def only_host_ip(self):
        """The one address of the host it is published on, or None for all."""
        return None if self.host_ip is None or self.host_ip.is_unspecified else self.host_ip

    @property
    def target_port(self):
        """The port or ports of the container."""
        return self.container_port or self.host_port

    def overlaps(self, other):
        """Tell whether both claim the same port of the same address of the host."""
        return (
            self.protocol == other.protocol
            and self.family == other.family
            and self.host_port.overlaps(other.host_port)
            and (None in (self.only_host_ip, other.only_host_ip) or self.host_ip == other.host_ip)
        )

    def check(self, where):
        """Refuse options that contradict each other."""
        if len(self.target_port) != len(self.host_port):
            raise Invalid(
                where + "container_port",
                "%s has %d ports but host_port %s has %d; give ranges of equal length"
                % (self.target_port, len(self.target_port), self.host_port, len(self.host_port)),
            )
        if self.container_ip is not None:
            self._check_container_ip(where)
        if self.host_ip is not None and self.host_ip.is_loopback and self.loopback == "none":
            raise Invalid(
                where + "loopback",
                "none leaves %s alone, so that nothing reaches the port; choose another" % self.host_ip,
            )
        if self.loopback == "proxy" and self.protocol != "tcp":
            raise Invalid(
                where + "loopback",
                "proxy serves tcp only and not %s; choose route_localnet, which serves 127.0.0.0/8, or none"
                % self.protocol,
            )
        if self.host_ip is not None and self.host_ip.is_loopback and self.family == 6 and self.loopback != "proxy":
            raise Invalid(where + "host_ip", "the kernel leads nothing from [::1] to a container; use loopback: proxy")
        if self.container_ip is not None or self.only_host_ip is not None:
            self._check_families(where)

    def _check_container_ip(self, where):
        ip = self.container_ip
        if ip.is_loopback or ip.is_unspecified or ip.is_multicast or str(ip) == "255.255.255.255":
            raise Invalid(where + "container_ip", "%s is not an address of a container" % ip)
        if ip.version == 6 and ip.is_link_local:
            raise Invalid(
                where + "container_ip", "%s is a link-local address, to which nothing is routed; give another" % ip
            )
        if self.host_ip is not None and self.host_ip.version != ip.version:
            raise Invalid(where + "host_ip", "%s is not of the family of container_ip %s" % (self.host_ip, ip))

    def _check_families(self, where):
        name, ip = ("container_ip", self.container_ip) if self.container_ip else ("host_ip", self.host_ip)
        for item in self.allowed_sources:
            if item.version != ip.version:
                raise Invalid(where + "allowed_sources", "%s is not of the family of %s %s" % (item, name, ip))

    def __str__(self):
        host = "%s:%s" % (bracketed(self.only_host_ip), self.host_port) if self.only_host_ip else str(self.host_port)
        return "%s %s" % (self.protocol, host)


def bracketed(ip):
    """Write an address so that a port can follow it."""
    return "[%s]" % ip if ip.version == 6 else str(ip)
