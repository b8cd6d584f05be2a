# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks with all options on, and what is done to one thing of a host that has them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

FRONT = {
    "name": "front",
    "subnets": ["10.20.0.0/24", "fd00:20::/64"],
    "mtu": 1400,
    "icc": False,
    "dns": True,
    "dns_search": ["example.com"],
    "dns_options": ["ndots:2"],
    "host_access": "published",
    "deny_destinations": ["169.254.169.254/32", "fd00:ec2::254/128"],
    "forward_policy": "drop",
    "containers": [
        {
            "name": "a",
            "ports": [
                "8080:80",
                {"host_port": 8443, "loopback": "proxy"},
                {"host_port": "9000-9003", "protocol": "udp"},
            ],
            "rate_to_container": "10mbit",
            "rate_from_container": "20mbit",
            "burst": "64k",
            "queue_length": 500,
            "hosts": ["www.example.com"],
            "routes": [{"to": "203.0.113.0/24", "via": "10.20.0.1"}, {"to": "2001:db8:7::/48", "via": "fd00:20::1"}],
            "sysctls": {"net.core.somaxconn": 300, "net.ipv4.ip_default_ttl": 77},
            "allowed_addresses": ["198.51.100.77/32"],
        },
        {
            "name": "b",
            "networks": [{"name": "back"}],
            "ports": [{"host_port": 81, "allowed_sources": ["192.0.2.0/28"]}],
        },
    ],
}
BACK = {
    "name": "back",
    "subnets": ["10.30.0.0/24"],
    "internal": True,
    "dns": True,
    "containers": [{"name": "data", "mac": "02:00:00:00:00:07"}],
}
# Too small a frame for IPv6.
SIDE = {
    "name": "side",
    "subnets": ["10.40.0.0/24"],
    "mtu": 1000,
    "isolate": False,
    "direct_access": True,
    "masquerade": "192.0.2.1",
    "anti_spoof": False,
    "containers": [{"name": "c", "ports": [{"host_port": 82, "hairpin": False, "loopback": "none"}]}, {"name": "d"}],
}
NETWORKS = [FRONT, BACK, SIDE]
NAMES = {network["name"] for network in NETWORKS}
BRIDGES = {"br-" + name: name for name in NAMES}
OWNERS = {"a": "front", "b": "front", "data": "back", "c": "side", "d": "side"}


@dataclass(frozen=True)
class Damage:
    """What is done to a host.

    Attributes:
        command: a command line of the shell.
        networks: of these the drift may be told, one of them at least.
        told: a pattern that each action of the repair fits, or one of them if not `exactly`.
        exactly: whether the repair consists of nothing else.
        lost: whether only who declared the networks can tell the repair.
    """

    command: str
    networks: frozenset
    told: str
    exactly: bool = True
    lost: bool = False


def damage(command, networks, told, exactly=True, lost=False):
    """Make a `Damage`; a single network may be given by its name."""
    return Damage(command, frozenset([networks] if isinstance(networks, str) else networks), told, exactly, lost)


def shell(command):
    """Return the words of a command that runs a line of the shell."""
    return "sh -c " + shlex.quote(command)
