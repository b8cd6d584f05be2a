# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS servers of networks as units of systemd: dnsmasq, which answers on the bridge for the names of its network.

The units are files below ``/run``: they end with the boot, as all else that this collection makes.
"""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.hostnet.containers.plugins.module_utils.files.hosts_and_resolv_conf import (
    HEADER,
    local_names_file,
    names_folder,
)
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.confined import CONFINED

PREFIX = "hostnet-dns-"
PROGRAM = "dnsmasq"
PORT = 53

_CACHED_NAMES = 1000
# It is started without rights, so that no right to change its user is needed, either. By its own report to the
# process that systemd started, it counts as started only when it has its addresses.
_SERVICE = """[Unit]
Description=DNS server of network {name}

[Service]
Type=forking
ExecStart={command}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
{confined}"""
_ADDRESS = re.compile(r"--listen-address=(\S+)")


def unit_of(name):
    """Return the name of the unit of a network's server."""
    return "%s%s.service" % (PREFIX, name)


def network_of(unit):
    """Return the name of the network that a unit serves."""
    return unit[len(PREFIX) :].rpartition(".")[0]


def unit_text(server, program):
    """Return the text of a server's unit.

    Args:
        server: a `DnsServer`.
        program: path of dnsmasq.
    """
    return HEADER + _SERVICE.format(name=server.owner, command=" ".join(_command(server, program)), confined=CONFINED)


def dns_listening(units):
    """Return the addresses that the servers among units answer on, as a set."""
    return {
        ipaddress.ip_address(address)
        for unit, text in (units or {}).items()
        if unit.startswith(PREFIX)
        for address in _ADDRESS.findall(text)
    }


def _command(server, program):
    """Where it forwards to follows the host, unless declared: its own resolv.conf is read again whenever it changes."""
    upstream = ["--resolv-file=/etc/resolv.conf"]
    if server.internal or server.servers:
        upstream = ["--no-resolv", *("--server=%s" % item for item in server.servers)]
    return [
        program,
        "--conf-file=/dev/null",
        "--pid-file=",
        "--bind-interfaces",
        *("--listen-address=%s" % address for address in server.addresses),
        "--no-hosts",
        "--hostsdir=" + names_folder(server.owner),
        "--servers-file=" + local_names_file(server.owner),
        *upstream,
        "--domain-needed",
        "--bogus-priv",
        "--cache-size=%d" % _CACHED_NAMES,
    ]
