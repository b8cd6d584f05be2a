# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks that the tests build on, by the modules of this collection."""

from __future__ import annotations

from dataclasses import dataclass

from hosts.lab import HOST, HOST_6, INTERNET, INTERNET_6, NEIGHBOUR, NEIGHBOUR_6

FAMILIES = (4, 6)
HOST_OF = {4: HOST, 6: HOST_6}
NEIGHBOUR_OF = {4: NEIGHBOUR, 6: NEIGHBOUR_6}
INTERNET_OF = {4: INTERNET, 6: INTERNET_6}


@dataclass(frozen=True)
class Network:
    """A bridge, and the numbers of its addresses in both families.

    Attributes:
        bridge: its name.
        number: second byte of its IPv4 subnet, and what tells its IPv6 subnet from others.
    """

    bridge: str
    number: int

    def subnet(self, family):
        """The network in CIDR form."""
        return "10.%d.0.0/24" % self.number if family == 4 else "fd00:%d::/64" % self.number

    def address(self, family, last):
        """An address by its last number; 1 is the host's."""
        return "10.%d.0.%d" % (self.number, last) if family == 4 else "fd00:%d::%x" % (self.number, last)

    def gateway(self, family):
        """The host's address."""
        return self.address(family, 1)

    def interface(self, family, last):
        """An address with its prefix length."""
        return "%s/%d" % (self.address(family, last), 24 if family == 4 else 64)


WEB, DB = Network("web", 20), Network("db", 30)
SUBNET, GATEWAY = WEB.subnet(4), WEB.gateway(4)
CONTAINERS = {"container-a": WEB.address(4, 2), "container-b": WEB.address(4, 3)}
OTHER_SUBNET, OTHER_GATEWAY, OTHER = DB.subnet(4), DB.gateway(4), DB.address(4, 2)


def make(host, network, names, families=FAMILIES, masquerade=True, pair=None, **policy):
    """A bridge with containers, which have the addresses from 2 on; returns the containers as places.

    Args:
        families: address families that it has.
        masquerade: whether the containers reach the outside under the host's address.
        pair: further options of every veth pair.
        policy: options of the forwarding policy.
    """
    host.module("netns", namespaces=[{"name": name} for name in names])
    host.module("bridge", name=network.bridge, addresses=[network.interface(family, 1) for family in families])
    host.module("forwarding", bridge=network.bridge, **policy)
    pairs = [
        {"netns": name, "addresses": [network.interface(family, last) for family in families]}
        for last, name in enumerate(names, start=2)
    ]
    gateways = [network.gateway(family) for family in families]
    host.module("veth_pair", bridge=network.bridge, gateways=gateways, pairs=pairs, **(pair or {}))
    if masquerade:
        host.module("masquerade", rules=[{"source": network.subnet(family)} for family in families])
    return [host.container(name) for name in names]


def publish(host, network, last, host_port=8080, container_port=80, families=FAMILIES, **options):
    """Publish a port of a container, known by the last number of its address, in each family."""
    port = {"host_port": host_port, "container_port": container_port}
    ports = [dict(port, container_ip=network.address(family, last)) for family in families]
    return host.module("port_publish", ports=ports, **options)


def pair(place_name="a", last=2, network=WEB, **options):
    """The options of a veth pair of both families."""
    addresses = [network.interface(family, last) for family in FAMILIES]
    return {"netns": place_name, "bridge": network.bridge, "addresses": addresses, **options}


def web(host, **policy):
    """A bridge ``web`` with two containers, which reach the outside, IPv4 only; returns the two as places."""
    return make(host, WEB, list(CONTAINERS), families=(4,), **policy)


# How the neighbours of other tools reach container-a.
PORT = {"host_port": 8888, "container_ip": CONTAINERS["container-a"], "container_port": 80}


def published_web(host):
    """The bridge ``web``, with a server in container-a that is published on 8888; returns that container."""
    container, _other = web(host)
    host.module("port_publish", **PORT)
    container.serve_tcp(80, "I am ours")
    container.serve_tcp(81, "not published")
    return container


def db(host, **policy):
    """A second bridge ``db`` with one container, IPv4 only; returns it as a place."""
    return make(host, DB, ["container-c"], families=(4,), **policy)[0]


# The modules that declare single things, each with its list, in the order in which these are best removed.
LISTS = (
    ("port_publish", "ports"),
    ("masquerade", "rules"),
    ("forwarding", "bridges"),
    ("veth_pair", "pairs"),
    ("bridge", "bridges"),
    ("netns", "namespaces"),
)


def remove_everything(host, owner="default"):
    """Remove all that an owner declared, kind by kind."""
    for module, option in LISTS:
        host.module(module, owner=owner, purge=True, **{option: []})


def route_at_the_host(lab, *networks):
    """Let the LAN's neighbour, and the internet, send packets for these networks to the host."""
    for network in networks:
        for family in FAMILIES:
            lab.lan.run(["ip", "route", "add", network.subnet(family), "via", HOST_OF[family]])
            router = {4: "198.51.100.1", 6: "2001:db8:2::1"}[family]
            lab.internet.run(["ip", "route", "add", network.subnet(family), "via", router])
