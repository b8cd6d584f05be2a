# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Published ports of a Compose file: the short and the long syntax, as text in the short form of `port_publish`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import PortRange, port_range
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import bracketed, host_address
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose import keys

PROTOCOLS = ("tcp", "udp", "sctp")
_SHORT = re.compile(
    r"(?:(?:(?P<host_ip>\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:.]*):)?(?P<published>[0-9-]*):)?(?P<target>[0-9-]+)"
    r"(?:/(?P<protocol>[A-Za-z]+))?"
)


@dataclass(frozen=True)
class Port:
    """A published port, or a run of them.

    Attributes:
        host_ip: the one address of the host to publish on, or None.
        published: the port or ports of the host.
        target: those of the container.
        protocol: ``tcp``, ``udp`` or ``sctp``.
        path: the key that it stands at.
    """

    host_ip: object
    published: PortRange
    target: PortRange
    protocol: str
    path: str

    @property
    def short(self):
        """The short form of `port_publish`."""
        address = bracketed(self.host_ip) + ":" if self.host_ip is not None else ""
        protocol = "" if self.protocol == "tcp" else "/" + self.protocol
        return "%s%s:%s%s" % (address, self.published, self.target, protocol)

    def on_host(self, addresses):
        """Return the port on an address of the host, where it names none.

        Args:
            addresses: dict from family to the address that a network publishes on; that of IPv4 counts first.
        """
        if self.host_ip is not None or not addresses:
            return self
        return replace(self, host_ip=addresses[min(addresses)])

    def overlaps(self, other):
        """Tell whether both claim the same port of the same address of the host."""
        one, two = self._only_ip, other._only_ip
        return (
            self.protocol == other.protocol
            and self.published.overlaps(other.published)
            and (None in (one, two) or one == two)
        )

    @property
    def _only_ip(self):
        return None if self.host_ip is None or self.host_ip.is_unspecified else self.host_ip


def ports_of(node, report):
    """Return the ports that a service publishes, each once.

    Args:
        node: the value of ``ports``.
        report: where to say what has no equivalent.
    """
    found = []
    for item in node.elements():
        port = _long(item, report) if isinstance(item.value, dict) else _short(item, report)
        if all((port.short, port.protocol) != (other.short, other.protocol) for other in found):
            found.append(port)
    return tuple(found)


def _short(node, report):
    # Whoever reads the file's text knows a number from a pair; in what Ansible has parsed, it may be either.
    text = node.only_text(2)
    match = _SHORT.fullmatch(text)
    if not match:
        raise node.refuse(
            "%r is not a published port; write [[HOST_IP:]HOST_PORT:]CONTAINER_PORT[/PROTOCOL], such as 8080:80" % text
        )
    return _port(node, match["host_ip"], match["published"], match["target"], match["protocol"], report)


def _long(node, report):
    given = node.entries(keys.PORT)
    texts = {key: given[key].text() for key in given if given[key].given}
    if "target" not in texts:
        raise node.refuse("has no target, the port of the container")
    return _port(node, texts.get("host_ip"), texts.get("published"), texts["target"], texts.get("protocol"), report)


def _port(node, host_ip, published, target, protocol, report):
    protocol = (protocol or "tcp").lower()
    if protocol not in PROTOCOLS:
        raise node.refuse("the protocol %s is none of %s" % (protocol, ", ".join(PROTOCOLS)))
    try:
        address = host_address(host_ip.strip("[]")) if host_ip else None
        inside = port_range(target)
        outside = port_range(published) if published not in (None, "", "0") else None
    except ValueError as error:
        raise node.refuse(str(error)) from error
    if outside is None:
        report.add(node, "Docker takes a free port of the host here; the port is published under its own number")
        outside = inside
    if len(outside) > 1 and len(inside) == 1:
        report.add(node, "Docker takes a free port of %s; the first, %d, is published" % (outside, outside.first))
        outside = PortRange(outside.first, outside.first)
    if len(outside) != len(inside):
        raise node.refuse(
            "%s has %d ports but %s has %d; give ranges of equal length" % (outside, len(outside), inside, len(inside))
        )
    return Port(address, outside, inside, protocol, node.path)
