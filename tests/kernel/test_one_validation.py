# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module network refuses what the card modules refuse, by the user's own path, and check mode says the same."""

from __future__ import annotations

import copy

import pytest
from as_cards import as_cards, networks, refused_as_network
from examples import examples
from hypothesis import given

from hosts import Host

MODULES = {
    "Netns": "netns",
    "Bridge": "bridge",
    "Forwarding": "forwarding",
    "VethPair": "veth_pair",
    "Masquerade": "masquerade",
    "PortPublish": "port_publish",
    "Network": "network",
}


def refusal(calls, check=False):
    """Why one of some calls is refused on a fresh host, or an empty string; a refused call leaves nothing."""
    with Host() as host:
        for kind, options in calls:
            host.remember()
            result = host._module(MODULES[kind], check, False, 60, copy.deepcopy(options))
            if result.get("failed"):
                assert "defect" not in result["msg"], result["msg"]
                assert host.leaks() == []
                return result["msg"]
    return ""


@pytest.mark.wide
@examples(10)
@given(networks())
def test_a_network_is_refused_exactly_where_the_cards_refuse_its_parts(options):
    whole = refusal([("Network", options)])
    parts = refused_as_network(options) or refusal(as_cards(options))
    assert bool(whole) == bool(parts), (whole, parts)
    assert refusal([("Network", options)], check=True) == whole


def container(name="a", **options):
    return {"name": name, **options}


REFUSED = [
    ({"containers": [container(ports=["80:80"]), container("b", ports=["80:81"])]}, "containers[1].ports[0].host_port"),
    ({"containers": [container(ports=["80:80", "79-81:1-3"])]}, "containers[0].ports["),
    ({"containers": [container(ports=["53:53/udp", "192.0.2.1:53:53/udp"])]}, "containers[0].ports[1].host_port"),
    (
        {"containers": [container(addresses=["10.20.0.255"])]},
        "containers[0].addresses: 10.20.0.255/24 is the network or",
    ),
    (
        {"containers": [container(addresses=["10.20.0.0/24"])]},
        "containers[0].addresses: 10.20.0.0/24 is the network or",
    ),
    ({"gateways": ["10.20.0.255"]}, "gateways: 10.20.0.255/24 is the network or broadcast address"),
    (
        {"containers": [container(addresses=["10.20.0.5/16"])]},
        "containers[0].addresses: the address 10.20.0.5/16 of a has",
    ),
    ({"containers": [container(addresses=["10.20.0.5/32"])]}, "another prefix length than the subnet 10.20.0.0/24"),
    ({"gateways": ["10.20.0.1", "10.20.0.2"]}, "gateways: 10.20.0.1 and 10.20.0.2 are both in 10.20.0.0/24"),
    (
        {"containers": [container(mac="02:00:00:00:00:01"), container("b", mac="02:00:00:00:00:01")]},
        "containers[1].mac: 02:00:00:00:00:01 is already that of eth0 in namespace a",
    ),
    (
        {"containers": [container(addresses=["10.20.0.9"]), container("b", mac="02:42:0A:14:00:09")]},
        "containers[1].mac: 02:42:0a:14:00:09 is already that of eth0 in namespace a",
    ),
    ({"subnets": ["fd00:20::/64"], "mtu": 1279}, "mtu: 1279 is too small for the IPv6 address"),
    ({"subnets": ["10.20.0.0/24", "fd00:20::/64"], "mtu": 1000}, "mtu: 1000 is too small for the IPv6 address"),
    ({"subnets": ["224.0.1.0/24"], "gateways": []}, "subnets: 224.0.1.0/24 holds 224.0.0.0/4"),
    ({"subnets": ["127.9.0.0/24"]}, "subnets: 127.9.0.0/24 holds 127.0.0.0/8"),
    ({"subnets": ["0.0.0.0/0"]}, "subnets: 0.0.0.0/0 holds 0.0.0.0/32"),
    ({"subnets": ["10.20.0.0"]}, "subnets: 10.20.0.0 has no prefix length; write 10.20.0.0/24"),
    (
        {"containers": [container(ports=[{"host_port": 80, "allowed_sources": ["2001:db8::/32"]}])]},
        "containers[0].ports[0].allowed_sources: 2001:db8::/32 is IPv6",
    ),
    (
        {"containers": [container(ports=[{"host_port": 80, "host_ip": "2001:db8::1"}])]},
        "containers[0].ports[0].host_ip: tcp [2001:db8::1]:80 leads to container a, which has no IPv6 address",
    ),
    ({"containers": [container(addresses=[], ports=["80:80"])]}, "containers[0].ports[0].host_port"),
    (
        {"containers": [container(), container("b", hosts=["a"])]},
        "containers[1].hosts: a is already a name of containers[0]",
    ),
    ({"containers": [container(), container("b", netns="a")]}, "containers[1].netns: a is already the namespace"),
    ({"containers": [container(), container("a")]}, "containers[1].name: a is already a name of containers[0]"),
    ({"reserved": ["0.0.0.0/0"], "containers": [container()]}, "10.20.0.0/24 is full"),
    (
        {"containers": [container(addresses=["10.20.0.5", "10.20.0.5/24"])]},
        "containers[0].addresses: 10.20.0.5 is listed",
    ),
    (
        {"containers": [container(addresses=["10.20.0.5"]), container("b", addresses=["10.20.0.5"])]},
        "containers[1].addresses: 10.20.0.5 is already the address of namespace a",
    ),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[message[:60] for _changes, message in REFUSED])
def test_what_cards_refuse_is_refused_by_the_path_of_the_user(host, changes, message):
    options = {"name": "web", "subnets": ["10.20.0.0/24"], **changes}
    assert message in host.module_fails("network", **options)
    assert message in host.module_fails("network", check=True, **options)
    other = {"name": "db", "subnets": ["10.30.0.0/24"]}
    told = host.module_fails("network", networks=[other, options])
    assert message.replace("containers[", "networks[1].containers[") in told
    assert host.leaks() == []


def test_allowed_sources_of_ipv6_need_no_address_of_the_host(host):
    port = {"host_port": 80, "allowed_sources": ["2001:db8::/32"]}
    six = {"name": "web", "subnets": ["fd00:20::/64"], "containers": [container(ports=[port])]}
    assert host.module("network", **six)["changed"]
    assert not host.module("network", **six)["changed"]


def test_more_containers_than_a_bridge_takes_are_refused_before_anything_changes(host):
    containers = [container("c%d" % number) for number in range(1024)]
    options = {"name": "web", "subnets": ["10.20.0.0/16"], "containers": containers}
    assert "br-web would have 1024 ports" in host.module_fails("network", **options)
    assert "br-web would have 1024 ports" in host.module_fails("network", check=True, **options)
    assert host.leaks() == []


def test_an_mtu_that_takes_ipv6_away_is_refused_whoever_declares_it(host):
    host.module("bridge", name="web", mtu=1200)
    assert "mtu: 1200 is too small for the IPv6 address fd00::1/64" in host.module_fails(
        "bridge", name="web", addresses=["fd00::1/64"]
    )
    host.module("bridge", name="web", mtu=1500, addresses=["fd00::1/64"])
    assert "mtu: 1200 is too small" in host.module_fails("bridge", name="web", mtu=1200)
    host.module("netns", name="a")
    assert "mtu: 1200 is too small" in host.module_fails("veth_pair", netns="a", addresses=["fd00::2/64"], mtu=1200)
    assert not host.module("bridge", name="web", mtu=1500, addresses=["fd00::1/64"])["changed"]


def test_the_hardware_address_of_the_bridge_is_no_container_s(host):
    host.module("bridge", name="web", mac="02:00:00:00:00:01")
    host.module("netns", name="a")
    told = host.module_fails("veth_pair", bridge="web", netns="a", mac="02:00:00:00:00:01")
    assert "mac: 02:00:00:00:00:01 is that of bridge web" in told


@pytest.mark.parametrize("address", ["10.20.0.255", "10.20.0.0"])
def test_nothing_is_published_to_the_broadcast_address_of_a_bridge(host, address):
    host.module("bridge", name="web", addresses=["10.20.0.1/24"])
    assert "is the network or broadcast address" in host.module_fails(
        "port_publish", host_port=80, container_ip=address
    )


def test_a_record_with_what_is_refused_now_hinders_nobody(host):
    host.module("network", name="web", subnets=["10.20.0.0/24"], containers=[container(addresses=["10.20.0.9"])])
    host.run("sed -i s/10.20.0.9/10.20.0.255/ /etc/hostnet/networks/web.json")
    host.module("network", name="db", subnets=["10.30.0.0/24"], containers=[container("b")])
    said = host.module_fails("network", name="web", subnets=["10.20.0.0/24"], containers=[container()])
    assert "its record /etc/hostnet/networks/web.json cannot be used" in said
    assert "remove it and declare the network anew" in said
    host.module("network", name="web", state="absent")
    host.module("network", name="db", state="absent")
    assert host.leaks() == []


def test_omitted_containers_stay_and_an_empty_list_removes_them(host):
    whole = {"name": "web", "subnets": ["10.20.0.0/24"]}
    sysctls = {"net.ipv4.ip_default_ttl": 77}
    host.module("network", **whole, containers=[container(ports=["80:80"], sysctls=sysctls), container("b")])
    assert not host.module("network", **whole)["changed"]
    assert host.module("network", **whole, isolate=False)["changed"]
    assert host.namespaces() == ["a", "b"]
    assert [item["name"] for item in host.module("network", **whole, isolate=False)["networks"][0]["containers"]] == [
        "a",
        "b",
    ]
    host.run("ip netns exec a sysctl -q net.ipv4.ip_default_ttl=64")
    assert host.module("network", **whole, isolate=False)["actions"] == [
        "set net.ipv4.ip_default_ttl = 77 in namespace a"
    ]
    moved = host.module("network", name="web", subnets=["10.40.0.0/24"])["networks"][0]["containers"]
    assert [item["addresses"] for item in moved] == [["10.40.0.2/24"], ["10.40.0.3/24"]]
    assert host.module("network", name="web", subnets=["10.40.0.0/24"], containers=[])["changed"]
    assert host.namespaces() == []
    assert not host.module("network", name="web", subnets=["10.40.0.0/24"])["changed"]


def test_a_port_declared_anew_replaces_the_one_on_record(host):
    whole = {"name": "web", "subnets": ["10.20.0.0/24"], "purge": False}
    host.module("network", **whole, containers=[container(ports=["80:80", "81:81"]), container("b")])
    done = host.module("network", **whole, containers=[container("b", ports=["80:8080"])])
    assert done["changed"]
    ports = host.module("network_info")["ports"]
    assert sorted((item["host_port"], item["container_ip"]) for item in ports) == [
        ("80", "10.20.0.3"),
        ("81", "10.20.0.2"),
    ]
    assert not host.module("network", **whole, containers=[container("b", ports=["80:8080"])])["changed"]


def test_two_teams_with_one_name_are_told_of_netns(host):
    host.module("network", name="web", subnets=["10.20.0.0/24"], containers=[container("proxy")])
    told = host.module_fails("network", name="db", subnets=["10.30.0.0/24"], containers=[container("proxy")])
    assert "netns" in told
    assert host.module(
        "network", name="db", subnets=["10.30.0.0/24"], containers=[container("proxy", netns="db-proxy")]
    )
