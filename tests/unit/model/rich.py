# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks that make use of every kind of rule."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Link
from model.declaring import on
from model.memory_host import empty_host

_BRIDGES = {
    "web": ["10.20.0.1/24", "fd00:20::1/64"],
    "db": ["10.30.0.1/24", "fd00:30::1/64"],
    "four": ["10.40.0.1/24"],
    "inside": ["10.50.0.1/24", "fd00:50::1/64"],
}
_POLICIES = {
    "web": {"icc": False, "isolate": False},
    "db": {"direct_access": True, "host_access": "none"},
    "four": {"host_access": "published", "deny_destinations": ["192.0.2.0/24", "198.51.100.9/32", "fd00:99::/64"]},
    "inside": {"internal": True, "deny_destinations": ["0.0.0.0/0", "2001:db8:9::/48", "2001:db8::9/128"]},
}
_RULES = [
    {"source": "10.20.0.0/24", "exclude": ["192.0.2.0/24", "10.20.0.128/25"], "random_fully": True},
    {"source": "10.30.0.0/24", "out_interface": "eth0", "to_source": "192.0.2.1"},
    {"source": "10.40.0.0/24"},
    {"source": "fd00:20::/64", "exclude": ["2001:db8:1::/64"]},
    {"source": "fd00:30::/64", "to_source": "2001:db8::1"},
    {"source": "10.60.0.0/24", "bridge": "theirs"},
    {"source": "10.61.0.0/24"},
    {"source": "fd00:61::/64", "out_interface": "eth0"},
]
_PORTS = [
    {"container_ip": "10.20.0.2", "ports": ["%d:80" % port for port in range(8000, 8040)]},
    {"container_ip": "10.20.0.2", "ports": ["192.0.2.1:443:8443", "127.0.0.1:9000:90", "53:53/udp", "5000:5000/sctp"]},
    {"container_ip": "10.30.0.2", "ports": ["9100-9103:9100-9103", "9200-9201:80-81", "65000-65535:65000-65535/udp"]},
    {"container_ip": "10.40.0.2", "host_port": 2222, "allowed_sources": ["198.51.100.7", "203.0.113.0/24"]},
    {"container_ip": "10.40.0.3", "host_port": 2223, "hairpin": False, "loopback": "none"},
    {"container_ip": "fd00:20::2", "ports": ["8000:80", "[2001:db8::1]:443:8443", "53:53/udp", "9100-9103:9100-9103"]},
    {"container_ip": "10.20.0.3", "host_port": 2224, "loopback": "proxy"},
    {"container_ip": "fd00:30::2", "host_port": 2222, "allowed_sources": ["2001:db8:7::/48"], "hairpin": False},
]


def rich_host():
    """Return a host in memory on which all of these were declared, by several owners."""
    host = empty_host()
    host.state = host.state.with_link(Link("theirs", kind="bridge"))
    for name, addresses in _BRIDGES.items():
        on(host, "Bridge", name=name, addresses=addresses)
        on(host, "Forwarding", bridge=name, **_POLICIES[name])
    for number, options in enumerate(_RULES):
        on(host, "Masquerade", owner="team-%d" % number, **options)
    for number, options in enumerate(_PORTS):
        on(host, "PortPublish", owner="team-%d" % number, **options)
    return host
