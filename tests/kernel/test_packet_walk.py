# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of a packet through a bridge network, claim by claim, as the demonstration shows it."""

from __future__ import annotations

import pytest
from networks import CONTAINERS, GATEWAY, db, remove_everything, web

from hosts.lab import HOST, INTERNET, NEIGHBOUR

A, B = CONTAINERS.values()


@pytest.fixture
def network(lab):
    """Two containers that serve on port 80, published on 8888 and 9999."""
    lab.a, lab.b = web(lab.host)
    lab.host.module(
        "port_publish",
        ports=[
            {"host_port": 8888, "container_ip": A, "container_port": 80},
            {"host_port": 9999, "container_ip": B, "container_port": 80},
        ],
    )
    lab.a.serve_tcp(80, "I am a")
    lab.b.serve_tcp(80, "I am b")
    return lab


def test_a_namespace_starts_with_lo_only_and_no_route(host):
    host.module("netns", name="container-a")
    inside = host.container("container-a")
    assert [link["ifname"] for link in inside.run("ip -j link").json] == ["lo"]
    assert inside.run("ip route").stdout == ""


def test_the_host_sees_its_own_ends_as_ports_and_the_container_sees_eth0(network):
    ports = network.host.run("ip -j link show master web").json
    assert sorted(port["ifname"] for port in ports) == ["veth1169b8fe", "vethffd8348a"]
    assert [link["ifname"] for link in network.a.run("ip -j link").json] == ["lo", "eth0"]


def test_the_mac_address_tells_the_ip_address(network):
    assert network.a.run("ip -j link show eth0").json[0]["address"] == "02:42:0a:14:00:02"


def test_neighbours_find_each_other_by_arp(network):
    assert network.a.ask(B, 80).reply == "I am b"
    (neighbour,) = [entry for entry in network.a.run("ip -j neigh").json if entry["dst"] == B]
    assert neighbour["lladdr"] == "02:42:0a:14:00:03"


def test_the_host_reaches_a_container_without_a_published_port(network):
    assert network.host.ask(A, 80).reply == "I am a"


@pytest.mark.parametrize("address", ["127.0.0.1", GATEWAY, HOST])
def test_the_host_reaches_published_ports_by_every_address_of_its_own(network, address):
    assert network.host.ask(address, 8888).reply == "I am a"
    assert network.host.ask(address, 9999).reply == "I am b"


def test_the_neighbour_reaches_published_ports_and_is_seen_under_its_own_address(network):
    answer = network.lan.ask(HOST, 8888)
    assert (answer.reply, answer.client) == ("I am a", NEIGHBOUR)


@pytest.mark.parametrize("address", [GATEWAY, HOST])
def test_containers_reach_each_other_and_themselves_by_the_host(network, address):
    assert network.a.ask(address, 9999).reply == "I am b"
    assert network.a.ask(address, 8888).reply == "I am a"


def test_the_bridge_is_the_way_out(network):
    (route,) = network.a.run("ip -j route show default").json
    assert (route["gateway"], route["dev"]) == (GATEWAY, "eth0")
    assert network.host.run("cat /proc/sys/net/ipv4/ip_forward").stdout.strip() == "1"


def test_the_internet_sees_the_host_and_not_the_container(network):
    network.internet.serve_tcp(80, "I am the internet")
    answer = network.a.ask(INTERNET, 80)
    assert (answer.reply, answer.client) == ("I am the internet", HOST)


def test_unpublished_ports_and_loopback_services_are_out_of_the_neighbours_reach(network):
    network.a.serve_tcp(81, "not published")
    network.host.serve_tcp(7000, "for the host only", address="127.0.0.1")
    network.lan.run("ip route add 10.20.0.0/24 via 192.0.2.1")
    network.lan.run("ip route add 127.0.1.0/24 via 192.0.2.1 dev eth0")
    assert network.host.can_reach(A, 81)
    assert network.host.can_reach("127.0.0.1", 7000)
    assert not network.lan.can_reach(A, 81)
    assert not network.lan.can_reach(A, 80)
    assert not network.lan.can_reach(HOST, 7000)


def test_a_bridge_without_containers_has_no_carrier(network):
    network.host.module("bridge", name="empty", addresses=["10.40.0.1/24"])
    (route,) = network.host.run("ip -j route show 10.40.0.0/24").json
    assert "linkdown" in route["flags"]


def test_networks_do_not_reach_each_other(network):
    other = db(network.host)
    other.serve_tcp(80, "I am c")
    assert network.host.can_reach("10.30.0.2", 80)
    assert not network.a.can_reach("10.30.0.2", 80)
    assert not other.can_reach(A, 80)
    assert other.ask(HOST, 8888).reply == "I am a"


def test_nothing_is_left_behind(network):
    remove_everything(network.host)
    assert network.host.leaks() == []
