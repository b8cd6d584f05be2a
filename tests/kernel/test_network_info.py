# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The truth about a host, and how it differs from what was declared."""

from __future__ import annotations

import pytest

from hosts.lab import HOST

WEB = {
    "name": "web",
    "subnets": ["10.20.0.0/24"],
    "containers": [{"name": "container-a", "ports": ["8888:80"]}, {"name": "container-b"}],
}


def test_an_empty_host_has_nothing_to_tell(host):
    found = host.module("network_info")
    assert not found["changed"]
    assert all(found[key] == [] for key in ("networks", "bridges", "namespaces", "ports", "rules", "drift"))
    assert found["forwarding"]["ipv4"] == {"enabled": False, "policy": "accept"}
    assert host.leaks() == []


def test_a_missing_wall_is_drift_of_its_network(lab):
    lab.host.serve_tcp(7000, "the host's own")
    closed = {**WEB, "host_access": "published", "deny_destinations": ["169.254.169.254/32", "fd00:ec2::254/128"]}
    lab.host.module("network", **closed)
    a = lab.host.container("container-a")
    assert not a.can_reach("10.20.0.1", 7000, timeout=0.3)
    assert lab.host.module("network_info")["drift"] == []
    assert not lab.host.module("network", **closed)["changed"]
    for wall in ("HOSTNET-FROM-br-web", "HOSTNET-HOST-br-web", "HOSTNET-DENY-br-web", "HOSTNET-INPUT"):
        lab.host.run(["iptables", "-F", wall])
        assert [item["network"] for item in lab.host.module("network_info")["drift"]] == ["web"], wall
        assert lab.host.module("network", **closed)["changed"]
        assert not lab.host.module("network", **closed)["changed"]
    assert not a.can_reach("10.20.0.1", 7000, timeout=0.3)
    lab.host.module("network", name="web", state="absent")
    assert "HOSTNET" not in lab.host.run("iptables-save").stdout + lab.host.run("ip6tables-save").stdout


def test_namespaces_are_seen_from_inside(lab):
    lab.host.module("network", **WEB)
    lab.host.run("ip netns add foreign")
    inside = lab.host.container("container-a")
    inside.serve_tcp(80, "a")
    lab.host.container("container-b").ask("10.20.0.2", 80)
    found = lab.host.module("network_info")
    assert [item["name"] for item in found["namespaces"]] == ["container-a", "container-b"]
    a = found["namespaces"][0]
    assert a["default_ipv4"] == {"gateway": "10.20.0.1", "interface": "eth0", "address": "10.20.0.2"}
    assert a["default_ipv6"] == {}
    assert {"to": "default", "via": "10.20.0.1", "device": "eth0"} in a["routes"]
    eth0 = [item for item in a["interfaces"] if item["name"] == "eth0"][0]
    assert (eth0["bridge"], eth0["addresses"], eth0["mac"]) == ("br-web", ["10.20.0.2/24"], "02:42:0a:14:00:02")
    assert ("10.20.0.3", "02:42:0a:14:00:03") in [(item["address"], item["mac"]) for item in a["neighbours"]]
    assert sorted(found["bridges"][0]["members"]) == sorted(
        item["pair"] for namespace in found["namespaces"] for item in namespace["interfaces"] if "pair" in item
    )


def test_published_ports_count_their_connections(lab):
    lab.host.module("network", **WEB)
    lab.host.container("container-a").serve_tcp(80, "a")
    for _time in range(3):
        lab.lan.ask(HOST, 8888)
    (port,) = lab.host.module("network_info")["ports"]
    assert (port["host_port"], port["container_ip"], port["packets"]) == ("8888", "10.20.0.2", 3)
    lab.host.module("network", **dict(WEB, containers=[*WEB["containers"], {"name": "new", "ports": ["9:9"]}]))
    counted = {item["host_port"]: item["packets"] for item in lab.host.module("network_info")["ports"]}
    assert counted == {"8888": 3, "9": 0}


def test_a_name_narrows_the_report(host):
    host.module(
        "network", networks=[WEB, {"name": "db", "subnets": ["10.30.0.0/24"], "containers": [{"name": "data"}]}]
    )
    found = host.module("network_info", name="db")
    assert [item["name"] for item in found["networks"]] == ["db"]
    assert [item["name"] for item in found["bridges"]] == ["br-db"]
    assert [item["name"] for item in found["namespaces"]] == ["data"]
    assert found["ports"] == []
    assert [item["source"] for item in found["rules"]] == ["10.30.0.0/24"]


DRIFTS = [
    ("ip link set br-web down", "set up of br-web: no -> yes"),
    ("ip address delete 10.20.0.1/24 dev br-web", "add address 10.20.0.1/24 to br-web"),
    ("ip netns exec container-a ip link set eth0 down", "set up of eth0 in namespace container-a: no -> yes"),
    (
        "ip netns exec container-a ip address flush dev eth0",
        "add address 10.20.0.2/24 to eth0 in namespace container-a",
    ),
    (
        "ip netns exec container-a ip route flush default",
        "add route default via 10.20.0.1 dev eth0 in namespace container-a",
    ),
    ("ip link delete {pair}", "create veth {pair} in bridge br-web, peer eth0 in namespace container-a"),
    ("ip link set {pair} nomaster", "set master of {pair}: none -> br-web"),
    (
        "sh -c 'ip netns delete container-a; while ip link show {pair}; do sleep 0.05; done'",
        "create namespace container-a",
    ),
    ("iptables -t nat -F HOSTNET-DNAT", "publish tcp 8888 -> 10.20.0.2:80"),
    ("iptables -I FORWARD -s 203.0.113.9 -j ACCEPT", "update the IPv4 rules of this collection in table filter"),
    ("iptables -t nat -D OUTPUT 1", "update the IPv4 rules of this collection in table nat"),
    ("sh -c 'echo 0 > /proc/sys/net/ipv4/ip_forward'", "set net.ipv4.ip_forward = 1"),
    ("rm /etc/netns/container-a/hosts", "write names of network web in container-a"),
    ("rm /etc/netns/container-a/resolv.conf", "write name servers of network web in container-a"),
    ("sh -c 'echo 10.20.0.66 b > /etc/netns/container-b/hosts'", "update names of network web in container-b"),
]


@pytest.mark.parametrize(("damage", "repair"), DRIFTS, ids=[damage[:45] for damage, _repair in DRIFTS])
def test_every_difference_from_what_was_declared_is_told_with_its_repair(host, damage, repair):
    pairs = {
        item["networks"]["web"][0]: item["netns"] for item in host.module("network", **WEB)["networks"][0]["containers"]
    }
    assert pairs == {"10.20.0.2/24": "container-a", "10.20.0.3/24": "container-b"}
    pair = host.module("network_info", name="container-a")["namespaces"][0]["interfaces"][1]["pair"]
    assert host.module("network_info")["drift"] == []
    before = host.snapshot()
    host.run(damage.format(pair=pair))
    (drift,) = host.module("network_info")["drift"]
    assert drift["network"] == "web"
    assert repair.format(pair=pair) in drift["repair"]
    assert host.module("network", check=True, **WEB)["actions"] == drift["repair"]
    host.module("network", **WEB)
    assert host.module("network_info")["drift"] == []
    left = [line for line in host.leaks(before) if "links" not in line and "203.0.113.9" not in line]
    assert left == []


def test_a_name_that_nothing_bears_is_an_error_that_names_what_there_is(host):
    assert "it has none" in host.module_fails("network_info", name="web")
    host.module("network", **WEB)
    told = host.module_fails("network_info", name="wbe")
    assert told.startswith("name: the host has no network, bridge or namespace wbe")
    assert "networks web; bridges br-web; namespaces container-a, container-b" in told
    host.module_fails("network_info", name="wbe", gather=["ports"])
    for name in ("web", "br-web", "container-a"):
        assert host.module("network_info", name=name)["drift"] == []
    declared = [{"name": "db", "subnets": ["10.30.0.0/24"]}]
    assert host.module("network_info", name="db", declared=declared)["drift"][0]["network"] == "db"


def test_a_record_that_is_gone_is_drift_of_its_network(host):
    other = {"name": "db", "subnets": ["10.30.0.0/24"]}
    host.module("network", networks=[WEB, other])
    host.run("rm /etc/hostnet/networks/web.json /etc/hostnet/networks/db.json")
    assert [item["network"] for item in host.module("network_info")["drift"]] == ["db", "web"]
    # The names of its containers are not another network's to remove.
    host.module("network", **other)
    (drift,) = host.module("network_info")["drift"]
    assert drift["network"] == "web" and "/etc/hostnet/networks/web.json is gone" in drift["repair"][0]
    assert "container-b" in host.run("cat /etc/netns/container-a/hosts").stdout
    assert host.module("network", networks=[WEB, other])["actions"] == ["write record of network web"]
    assert host.module("network_info")["drift"] == []


def test_a_port_of_both_families_is_shown_twice(host):
    both = {**WEB, "subnets": ["10.20.0.0/24", "fd00:20::/64"]}
    shown = host.module("network", diff=True, **both)["diff"]["after"]["ports"]
    assert {name: item["container_ip"] for name, item in shown.items()} == {
        "tcp 8888": "10.20.0.2",
        "tcp 8888 (ipv6)": "fd00:20::2",
    }
