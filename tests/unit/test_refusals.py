# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input is refused before anything is observed, by a sentence that names the option and the remedy."""

from __future__ import annotations

import pytest

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid
from model.declaring import declare

REFUSED = [
    ("Netns", {"name": "a;b"}, "name: 'a;b' is not a valid namespace name; use letters"),
    ("Netns", {"name": "../x"}, "name: '../x' is not a valid namespace name"),
    ("Netns", {"name": ""}, "name: '' is not a valid namespace name"),
    ("Netns", {"name": "a\nb"}, "is not a valid namespace name"),
    ("Netns", {"name": "a" * 64}, "at most 63 characters"),
    ("Netns", {}, "one of name and namespaces is required"),
    ("Netns", {"name": "a", "namespaces": [{"name": "b"}]}, "name: cannot be given beside namespaces"),
    (
        "Netns",
        {"namespaces": [{"name": "a"}, {"name": "a"}]},
        "namespaces[1]: declares the same namespace as namespaces[0]",
    ),
    ("Netns", {"namespaces": [{"state": "present"}]}, "namespaces[0].name: is required"),
    (
        "Netns",
        {"name": "a", "sysctls": {"kernel.panic": 1}},
        "sysctls: 'kernel.panic' is not a sysctl of a network namespace",
    ),
    ("Netns", {"name": "a", "sysctls": {"net.ipv4/../../x": 1}}, "is not a sysctl"),
    ("Netns", {"name": "a", "sysctls": {"net.ipv4.ip_forward": "1\n2\x00"}}, "give one line of text"),
    ("Netns", {"name": "a", "pid": 1, "path": "/x"}, "pid: cannot be combined with path"),
    ("Netns", {"name": "a", "path": "x"}, "path: 'x' is not absolute"),
    ("Netns", {"name": "a", "owner": "a b"}, "owner: 'a b' is not a valid owner"),
    ("Bridge", {"name": "sixteen-letters-"}, "at most 15 characters"),
    ("Bridge", {"name": "default"}, "name: 'default' is reserved by the kernel"),
    ("Bridge", {"name": "web", "addresses": ["10.20.0.1"]}, "addresses: '10.20.0.1' has no prefix length"),
    ("Bridge", {"name": "web", "addresses": ["10.20.0.300/24"]}, "is not an address in CIDR form"),
    ("Bridge", {"name": "web", "addresses": ["10.20.0.0/24"]}, "is the network or broadcast address of 10.20.0.0/24"),
    ("Bridge", {"name": "web", "addresses": ["224.0.0.1/24"]}, "is a multicast"),
    ("Bridge", {"name": "web", "addresses": ["10.20.0.1/24", "10.20.0.1/16"]}, "10.20.0.1 is listed twice"),
    ("Bridge", {"name": "web", "mtu": 20}, "mtu: 20 is out of range; use 68 to 65535 bytes"),
    ("Bridge", {"name": "web", "mac": "01:00:00:00:00:01"}, "mac: 01:00:00:00:00:01 is a multicast MAC address"),
    ("Bridge", {"name": "web", "mac": "0200.0000.0001"}, "is not a MAC address"),
    ("Bridge", {"name": "web", "members": ["x", "x"]}, "members: x is listed twice"),
    (
        "Bridge",
        {"bridges": [{"name": "web", "addresses": ["10.20.0.1/24"]}, {"name": "db", "addresses": ["10.20.0.129/25"]}]},
        "bridges[1].addresses: 10.20.0.129/25 overlaps 10.20.0.1/24 of bridge web",
    ),
    ("Bridge", {"bridges": [{"name": "web", "color": "red"}]}, "bridges[0]: has no option color"),
    ("VethPair", {"name": "veth0"}, "netns: is required for veth pair"),
    ("VethPair", {"netns": "a", "name": "eth0"}, "peer: eth0 is also the name of the host's end"),
    (
        "VethPair",
        {"netns": "a", "addresses": ["10.20.0.2/24"], "gateways": ["10.30.0.1"]},
        "gateways: 10.30.0.1 is in none of the subnets",
    ),
    (
        "VethPair",
        {"netns": "a", "addresses": ["10.20.0.2/24"], "gateways": ["10.20.0.2"]},
        "is the container's own address",
    ),
    (
        "VethPair",
        {"netns": "a", "addresses": ["10.20.0.2/24"], "gateways": ["10.20.0.1", "10.20.0.3"]},
        "more than one IPv4 gateway",
    ),
    (
        "VethPair",
        {"netns": "a", "routes": [{"to": "10.0.0.1/8"}]},
        "routes[0].to: 10.0.0.1/8 has host bits set; write 10.0.0.0/8",
    ),
    ("VethPair", {"netns": "a", "routes": [{"to": "10.0.0.0/8"}, {"to": "10.0.0.0/8"}]}, "two routes to 10.0.0.0/8"),
    (
        "VethPair",
        {"netns": "a", "routes": [{"to": "0.0.0.0/0", "via": "10.0.0.1"}]},
        "is the default route; use the option gateways",
    ),
    ("VethPair", {"netns": "a", "rate_to_container": "fast"}, "rate_to_container: 'fast' is not a usable rate"),
    ("VethPair", {"netns": "a", "burst": "64k"}, "burst: needs rate_to_container or rate_from_container"),
    ("VethPair", {"netns": "a", "anti_spoof": True}, "anti_spoof: needs addresses"),
    (
        "VethPair",
        {
            "bridge": "web",
            "pairs": [{"netns": "a", "addresses": ["10.20.0.2/24"]}, {"netns": "b", "addresses": ["10.20.0.2/24"]}],
        },
        "pairs[1].addresses: 10.20.0.2 is already the address of namespace a",
    ),
    ("Masquerade", {"source": "10.20.0.1/24"}, "source: 10.20.0.1/24 has host bits set; write 10.20.0.0/24"),
    (
        "Masquerade",
        {"source": "10.20.0.0/24", "to_source": "fd00::1"},
        "to_source: fd00::1 is not of the family of source",
    ),
    ("Masquerade", {"source": "10.20.0.0/24", "exclude": ["fd00::/64"]}, "exclude: fd00::/64 is not of the family"),
    ("Forwarding", {"bridge": "web", "internal": True, "direct_access": True}, "direct_access: contradicts internal"),
    (
        "PortPublish",
        {"host_port": "0", "container_ip": "10.20.0.2"},
        "host_port: port 0 is out of range; use 1 to 65535",
    ),
    ("PortPublish", {"host_port": "65536", "container_ip": "10.20.0.2"}, "host_port: port 65536 is out of range"),
    ("PortPublish", {"host_port": "http", "container_ip": "10.20.0.2"}, "host_port: 'http' is not a port"),
    ("PortPublish", {"host_port": "90-80", "container_ip": "10.20.0.2"}, "host_port: the range 90-80 runs backwards"),
    (
        "PortPublish",
        {"host_port": "8000-8010", "container_port": "80-89", "container_ip": "10.20.0.2"},
        "container_port: 80-89 has 10 ports but host_port 8000-8010 has 11; give ranges of equal length",
    ),
    ("PortPublish", {"host_port": "80"}, "container_ip: is required for published port"),
    (
        "PortPublish",
        {"host_port": "80", "container_ip": "10.20.0.2", "host_ip": "abcd"},
        "host_ip: 'abcd' is not an IP address",
    ),
    (
        "PortPublish",
        {"host_port": "80", "container_ip": "10.20.0.2", "host_ip": "::1"},
        "host_ip: ::1 is not of the family of container_ip",
    ),
    (
        "PortPublish",
        {"host_port": "80", "container_ip": "127.0.0.1"},
        "container_ip: 127.0.0.1 is not an address of a container",
    ),
    (
        "PortPublish",
        {"host_port": "80", "container_ip": "10.20.0.2", "allowed_sources": ["fd00::/8"]},
        "allowed_sources: fd00::/8 is not of the family of container_ip",
    ),
    (
        "PortPublish",
        {"host_port": "80", "container_ip": "10.20.0.2", "host_ip": "127.0.0.1", "loopback": "none"},
        "loopback: none leaves 127.0.0.1 alone",
    ),
    (
        "PortPublish",
        {"container_ip": "10.20.0.2", "ports": ["8080:"]},
        "ports[0]: '8080:' is not a published port; write [host_ip:]",
    ),
    (
        "PortPublish",
        {"container_ip": "10.20.0.2", "ports": ["80:80/icmp"]},
        "ports[0]: '80:80/icmp' has the protocol icmp; use tcp",
    ),
    (
        "PortPublish",
        {"container_ip": "10.20.0.2", "ports": ["8000-8010:1-11", "8005:80"]},
        "ports[1].host_port: tcp 8005 is declared twice",
    ),
    ("PortPublish", {"ports": ["80:80"]}, "ports[0].container_ip: is required"),
]


@pytest.mark.parametrize(
    ("kind", "options", "message"), REFUSED, ids=[message[:50] for _kind, _options, message in REFUSED]
)
def test_bad_input_is_refused_by_a_sentence(kind, options, message):
    with pytest.raises(Invalid) as refused:
        declare(kind, **options)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
