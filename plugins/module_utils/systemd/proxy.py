# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proxies as units of systemd: a socket that listens on the host, and a service that passes connections on.

The units are files below ``/run``: they end with the boot, as all else that this collection makes.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.files.hosts_and_resolv_conf import HEADER
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.confined import CONFINED

PREFIX = "hostnet-proxy-"
# Where it lies on every distribution, by way of a link on those that have merged /lib into /usr.
PROGRAM = "/lib/systemd/systemd-socket-proxyd"

_SOCKET = """[Unit]
Description=Proxy for {title}

[Socket]
{listen}
BindIPv6Only=ipv6-only
FreeBind=yes
"""
# The limit of open files allows for the six that a connection needs.
_SERVICE = """[Unit]
Description=Proxy for {title}
Requires={name}.socket
After={name}.socket

[Service]
ExecStart={program} --connections-max=8192 {target}
Restart=on-failure
LimitNOFILE=65536
CapabilityBoundingSet=
{confined}IPAddressDeny=any
IPAddressAllow={ip}
"""
_TITLE = re.compile("^Description=Proxy for (.*)$", re.MULTILINE)
_LISTEN = re.compile(r"^ListenStream=\[?([^\]\n]*?)\]?:([0-9]+)$", re.MULTILINE)
_TARGET = re.compile("^ExecStart=.* (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Proxy:
    """A proxy for one TCP port.

    Attributes:
        name: of its units, without ``.socket`` and ``.service``.
        listen: addresses of the host, a tuple; ``::`` is every IPv6 address.
        port: of the host.
        target: address of the container.
        target_port: of the container.
    """

    name: str
    listen: tuple
    port: int
    target: object
    target_port: int

    def units(self):
        """Return the units: a dict from file name to text."""
        title = "tcp %d on %s" % (self.port, " and ".join(map(_bracketed, self.listen)))
        listen = "\n".join("ListenStream=%s:%d" % (_bracketed(ip), self.port) for ip in self.listen)
        target = "%s:%d" % (_bracketed(self.target), self.target_port)
        service = _SERVICE.format(
            title=title, name=self.name, program=PROGRAM, target=target, ip=self.target, confined=CONFINED
        )
        return {
            self.name + ".socket": HEADER + _SOCKET.format(title=title, listen=listen),
            self.name + ".service": HEADER + service,
        }


def name_of(unit):
    """Return the name of the proxy that a unit belongs to."""
    return unit.rpartition(".")[0]


def of_proxies(units):
    """Return those of the units that belong to proxies."""
    return {unit: text for unit, text in (units or {}).items() if unit.startswith(PREFIX)}


def title_of(units, name):
    """Return what a proxy is for, such as ``tcp 8080 on 127.0.0.1 and [::1]``, from its units."""
    for suffix in (".socket", ".service"):
        found = _TITLE.search(units.get(name + suffix, ""))
        if found:
            return found.group(1)
    return name


def listening(units):
    """Return the pairs of address and port that the sockets among units listen on, as a set."""
    return {
        (ipaddress.ip_address(ip), int(port))
        for unit, text in (units or {}).items()
        if unit.endswith(".socket")
        for ip, port in _LISTEN.findall(text)
    }


def described(units):
    """Return a dict from the name of each proxy to where it listens, and where it leads."""
    found = {}
    for unit, text in sorted(of_proxies(units).items()):
        shown = found.setdefault(name_of(unit), {})
        if unit.endswith(".socket"):
            shown["listen"] = [line.partition("=")[2] for line in text.splitlines() if line.startswith("ListenStream=")]
        else:
            shown["target"] = (_TARGET.findall(text) or [None])[0]
    return found


def target_of(text):
    """Return the address that the service leads to whose text this is; None for another text."""
    found = _TARGET.search(text)
    return found.group(1).rpartition(":")[0].strip("[]") if found else None


def _bracketed(ip):
    return "[%s]" % ip if ip.version == 6 else str(ip)
