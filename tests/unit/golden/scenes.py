# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scenes: what is declared, and the options whose every combination is tried."""

from __future__ import annotations

import ipaddress

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import Rule
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import Table, Tables
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Address, Link
from golden.pieces import (
    BOTH,
    LOOPBACK,
    MASQUERADE,
    NO_YES,
    YES_NO,
    bridge,
    in_each_family,
    interfaces,
    masquerades,
    port,
)
from golden.rules_of import WORDS
from golden.scene import Scene
from model.memory_host import empty_host


def _network(masquerade, loopback, hairpin, allowed_sources, **policy):
    yield bridge()
    yield "Forwarding", {"bridge": "br-web", **policy}
    yield from masquerades(masquerade)
    yield from port({"allowed_sources": allowed_sources}, loopback=loopback, hairpin=hairpin)


NETWORK = Scene(
    "A network by the modules bridge, forwarding, masquerade and port_publish: port 8888 leads to a container.",
    {
        "internal": NO_YES,
        "isolate": YES_NO,
        "icc": YES_NO,
        "direct_access": NO_YES,
        "masquerade": MASQUERADE,
        "loopback": LOOPBACK,
        "hairpin": YES_NO,
        "allowed_sources": {"any": [], "CLIENTS": ["CLIENTS"]},
    },
    _network,
)


def _two_networks(internal, isolate, direct_access, **others):
    yield bridge()
    yield bridge("br-db", "OTHER_GATEWAY")
    yield "Forwarding", {"bridge": "br-web", "internal": internal, "isolate": isolate, "direct_access": direct_access}
    yield "Forwarding", {"bridge": "br-db", **{name[len("db_") :]: value for name, value in others.items()}}
    yield from masquerades({})
    yield from masquerades({}, "OTHER_SUBNET")


TWO_NETWORKS = Scene(
    "Two networks, br-web and br-db.",
    {
        "internal": NO_YES,
        "isolate": YES_NO,
        "direct_access": NO_YES,
        "db_internal": NO_YES,
        "db_isolate": YES_NO,
        "db_direct_access": NO_YES,
    },
    _two_networks,
)


def _bare_neighbour(**policy):
    yield bridge()
    yield bridge("br-db", "OTHER_GATEWAY")
    yield "Forwarding", {"bridge": "br-web", **policy}
    yield from masquerades({})


BARE_NEIGHBOUR = Scene(
    "A network, br-web, and a bridge of this collection that nothing is declared for but itself, br-db.",
    {"internal": NO_YES, "isolate": YES_NO, "icc": YES_NO, "direct_access": NO_YES},
    _bare_neighbour,
)


def _families(subnets, **options):
    yield "Network", {"name": "web", "subnets": [WORDS["SUBNET"][family] for family in subnets], **options}


FAMILIES = Scene(
    "A network by the module network, with subnets of one family or of both, and with DNS.",
    {
        "subnets": {"both": BOTH, "IPv4": (0,), "IPv6": (1,)},
        "internal": NO_YES,
        "masquerade": YES_NO,
        "dns": NO_YES,
    },
    _families,
)


def _ports(numbers, host_ip, **options):
    yield bridge()
    host_port, _colon, container_port = numbers.partition(":")
    words = {"host_ip": host_ip} if host_ip else {}
    yield from port(words, host_port=host_port, container_port=container_port, **options)


PORTS = Scene(
    "Published ports alone: numbers and ranges, kept or changed, on all addresses of the host or on one.",
    {
        "numbers": {word: word for word in ("8888:80", "8888:8888", "8000-8001:8000-8001", "8000-8001:80-81")},
        "host_ip": {"any": None, "HOST": "HOST", "LOCALHOST": "LOCALHOST"},
        "loopback": LOOPBACK,
    },
    _ports,
)
PROTOCOLS = Scene(
    "A published port of each protocol.",
    {"protocol": {word: word for word in ("tcp", "udp", "sctp")}, "loopback": LOOPBACK},
    lambda **options: [bridge(), *port(**options)],
)


def _masquerade(bridge_is, to_source, exclude, **options):
    yield bridge()
    source = "SUBNET" if bridge_is == "found" else "OTHER_SUBNET"
    given = {"bridge": "br-web"} if bridge_is == "given" else {}
    yield from in_each_family("Masquerade", {"source": source, **to_source, "exclude": exclude}, **given, **options)


MASQUERADES = Scene(
    "Masquerade alone: of the subnet of br-web, whose bridge is found; of another, with a bridge given or without.",
    {
        "bridge_is": {word: word for word in ("found", "given", "none")},
        "out_interface": {"any": None, "eth0": "eth0"},
        "to_source": {"any": {}, "HOST": {"to_source": "HOST"}},
        "exclude": {"none": [], "ELSEWHERE": ["ELSEWHERE"]},
        "random_fully": NO_YES,
    },
    _masquerade,
)


def _of_others(masquerade, loopback, hairpin):
    yield from masquerades(masquerade)
    yield from port(bridge="br-web", loopback=loopback, hairpin=hairpin)


def _host_with_bridge(**_options):
    host = empty_host()
    addresses = tuple(Address(ipaddress.ip_interface(item), ours=False) for item in interfaces("GATEWAY"))
    host.state = host.state.with_link(Link("br-web", kind="bridge", up=True, index=2, addresses=addresses))
    return host


BRIDGE_OF_OTHERS = Scene(
    "A bridge that others made, br-web, which a port is published to.",
    {"masquerade": MASQUERADE, "loopback": LOOPBACK, "hairpin": YES_NO},
    _of_others,
    _host_with_bridge,
)


def _forwarding(forward_policy, **_host):
    yield bridge()
    yield "Forwarding", {"bridge": "br-web", "forward_policy": forward_policy}


def _host_before(before, policy, others, **_options):
    """Others publish a port, and rely on a policy ACCEPT to let its packets through."""
    host = empty_host()
    for family in (4, 6):
        theirs = (Rule("-p tcp -m tcp --dport 81 -j DNAT --to-destination [ELSEWHERE]:81"),) if others else ()
        nat = Table({"PREROUTING": theirs, "OUTPUT": (), "POSTROUTING": ()})
        rules = Table({"FORWARD": (), "INPUT": ()}, {"FORWARD": policy, "INPUT": "ACCEPT"})
        host.state.firewall[family] = Tables({"nat": nat, "filter": rules})
    for key in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
        host.state = host.state.with_sysctl(key, before)
    return host


IP_FORWARDING = Scene(
    "Forwarding as it was on the host before, and what is wished for the policy of FORWARD.",
    {
        "before": {"0": "0", "1": "1"},
        "policy": {"ACCEPT": "ACCEPT", "DROP": "DROP"},
        "others": NO_YES,
        "forward_policy": {"default": None, "keep": "keep", "drop": "drop"},
    },
    _forwarding,
    _host_before,
)


def _closed(members, loopback, deny_destinations, **policy):
    yield "Bridge", {"name": "br-web", "addresses": interfaces("GATEWAY"), "members": members}
    denied = [WORDS[word][family] for word in deny_destinations for family in BOTH]
    yield "Forwarding", {"bridge": "br-web", "deny_destinations": denied, **policy}
    yield from port(loopback=loopback)


def _host_with_uplink(**_options):
    host = empty_host()
    host.state = host.state.with_link(Link("eth0", up=True, index=2))
    return host


CLOSED = Scene(
    "A network, br-web, whose containers may not open all of the host, nor go everywhere; with an uplink or without.",
    {
        "internal": NO_YES,
        "host_access": {"default": None, "all": "all", "published": "published", "none": "none"},
        "deny_destinations": {"none": [], "ELSEWHERE": ["ELSEWHERE"], "all": ["ALL"]},
        "members": {"none": [], "eth0": ["eth0"]},
        "loopback": {"route_localnet": "route_localnet", "proxy": "proxy"},
    },
    _closed,
    _host_with_uplink,
)

SCENES = {
    "network": NETWORK,
    "closed": CLOSED,
    "two_networks": TWO_NETWORKS,
    "bare_neighbour": BARE_NEIGHBOUR,
    "families": FAMILIES,
    "ports": PORTS,
    "protocols": PROTOCOLS,
    "masquerade": MASQUERADES,
    "bridge_of_others": BRIDGE_OF_OTHERS,
    "ip_forwarding": IP_FORWARDING,
}
