# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Beside rulesets that others write with nft."""

from __future__ import annotations

import shutil

import pytest
from networks import CONTAINERS, remove_everything, web
from peers import foreign_rules, forwarding, served, works

from hosts.lab import HOST

pytestmark = pytest.mark.skipif(shutil.which("nft") is None, reason="the package nftables is not installed")

A = CONTAINERS["container-a"]
# As netavark 2 and Docker's own nftables backend do it: base chains of their own beside those of iptables.
CONTAINERS_OF_OTHERS = """
table inet others {
    chain PREROUTING {
        type nat hook prerouting priority dstnat; policy accept;
        fib daddr type local tcp dport 8080 dnat ip to 10.88.0.2:80
    }
    chain OUTPUT {
        type nat hook output priority -100; policy accept;
        fib daddr type local tcp dport 8080 dnat ip to 10.88.0.2:80
    }
    chain POSTROUTING {
        type nat hook postrouting priority srcnat; policy accept;
        ip saddr 10.88.0.0/16 ip daddr != 10.88.0.0/16 masquerade
    }
    chain FORWARD {
        type filter hook forward priority filter; policy accept;
        ip daddr 10.88.0.0/16 ct state established,related accept
        ip saddr 10.88.0.0/16 accept
        ct status dnat accept
    }
}
"""
FIREWALL = """
table inet filter {
    set inside {
        type ifname
        elements = { "%s" }
    }
    chain input {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        iifname "lo" accept
        meta l4proto ipv6-icmp accept
    }
    chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        iifname @inside accept
        oifname @inside accept
    }
}
"""
# What Debian's package nftables sets up.
DEFAULT = """
table inet filter {
    chain input { type filter hook input priority filter; }
    chain forward { type filter hook forward priority filter; }
    chain output { type filter hook output priority filter; }
}
"""


@pytest.fixture
def others(lab):
    """A container of others, published on 8080, by rules that iptables does not show."""
    host = lab.host
    host.run("ip netns add theirs")
    host.run("ip link add podman0 type bridge")
    host.run("ip address add 10.88.0.1/16 dev podman0")
    host.run("ip link set podman0 up")
    host.run("ip link add veth0 master podman0 up type veth peer name eth0 netns theirs")
    lab.theirs = host.container("theirs")
    for command in ("link set eth0 up", "address add 10.88.0.2/16 dev eth0", "route add default via 10.88.0.1"):
        lab.theirs.run("ip " + command)
    lab.theirs.serve_tcp(80, "I am theirs")
    host.run("nft -f -", stdin=CONTAINERS_OF_OTHERS)
    return lab


def publish(host):
    container, _other = web(host)
    host.module("port_publish", host_port=8888, container_ip=A, container_port=80)
    container.serve_tcp(80, "I am ours")
    return container


def test_containers_behind_rules_of_nft_work_before_during_and_after(others):
    host = others.host
    host.run("sysctl -q net.ipv4.ip_forward=1")
    host.remember()
    rules = foreign_rules(host)
    assert works(others, 8080, others.theirs, "I am theirs")
    ours = publish(host)
    assert works(others, 8080, others.theirs, "I am theirs")
    assert works(others, 8888, ours, "I am ours")
    assert foreign_rules(host) == rules
    assert not ours.can_reach("10.88.0.2", 81)
    remove_everything(host)
    assert works(others, 8080, others.theirs, "I am theirs")
    assert foreign_rules(host) == rules
    assert host.leaks() == []


@pytest.mark.parametrize("policy", ["left closed", "set by hand"])
def test_forwarding_stays_on_for_containers_that_came_later_behind_rules_of_nft(others, policy):
    host = others.host
    host.run("nft delete table inet others")
    ours = publish(host)
    host.run("nft -f -", stdin=CONTAINERS_OF_OTHERS)
    # What others publish gets through the policy DROP of iptables, but what their containers send does not.
    assert served(others.lan, HOST, 8080) == "I am theirs"
    if policy == "set by hand":
        host.run("iptables -P FORWARD ACCEPT")
        assert works(others, 8080, others.theirs, "I am theirs")
        assert not host.module("masquerade", source="10.20.0.0/24")["changed"]
    assert works(others, 8888, ours, "I am ours")
    remove_everything(host)
    assert forwarding(host) == "1"
    assert works(others, 8080, others.theirs, "I am theirs")


def test_forwarding_goes_off_again_beside_chains_that_hold_no_rule(lab):
    lab.host.run("nft -f -", stdin=DEFAULT)
    rules = foreign_rules(lab.host)
    lab.host.remember()
    publish(lab.host)
    assert forwarding(lab.host) == "1"
    remove_everything(lab.host)
    assert lab.host.leaks() == []
    assert foreign_rules(lab.host) == rules


def test_a_firewall_that_drops_what_it_forwards_gets_a_warning_until_it_knows_the_bridge(lab):
    host = lab.host
    host.run("nft -f -", stdin=FIREWALL % "lan9")
    rules = foreign_rules(host)
    web(host)
    result = host.module("port_publish", host_port=8888, container_ip=A, container_port=80)
    warning = str(result["warnings"])
    assert "chain inet filter forward of nftables" in warning
    assert "insert rule inet filter forward iifname" in warning
    container = host.container("container-a")
    container.serve_tcp(80, "I am ours")
    assert not served(lab.lan, HOST, 8888)
    assert foreign_rules(host) == rules
    host.run('nft add element inet filter inside { "web" }')
    rules = foreign_rules(host)
    assert works(lab, 8888, container, "I am ours")
    assert "warnings" not in host.module("port_publish", host_port=9999, container_ip=A, container_port=80)
    remove_everything(host)
    assert foreign_rules(host) == rules
    assert forwarding(host) == "1"


def test_tables_of_others_under_the_names_of_iptables_stay_as_they_are(lab):
    native = """
    table ip nat {
        map ports { type inet_service : ipv4_addr; }
        chain postrouting {
            type nat hook postrouting priority srcnat; policy accept;
            oifname "wan9" masquerade
        }
    }
    table ip filter {
        chain forward {
            type filter hook forward priority filter; policy accept;
            iifname vmap { "wan9" : drop }
        }
    }
    """
    lab.host.run("nft -f -", stdin=native)
    rules = foreign_rules(lab.host)
    assert works(lab, 8888, publish(lab.host), "I am ours")
    assert foreign_rules(lab.host) == rules
    remove_everything(lab.host)
    assert foreign_rules(lab.host) == rules


def test_a_flush_of_the_whole_ruleset_is_drift_and_repaired(lab):
    host = lab.host
    container = publish(host)
    host.module("veth_pair", netns="container-a", bridge="web", addresses=[A + "/24"], anti_spoof=True)
    before = host.snapshot()
    ruleset = host.run("nft list table bridge hostnet").stdout
    host.run("nft flush ruleset")
    for program in ("iptables", "ip6tables"):
        for table in ("filter", "nat", "raw"):
            host.run("%s -t %s -F" % (program, table))
        host.run("%s -P FORWARD ACCEPT" % program)
    calls = [
        ("forwarding", {"bridge": "web"}, "set forwarding of bridge web: "),
        ("masquerade", {"source": "10.20.0.0/24"}, "masquerade 10.20.0.0/24"),
        ("port_publish", {"host_port": 8888, "container_ip": A, "container_port": 80}, "publish "),
        (
            "veth_pair",
            {"netns": "container-a", "bridge": "web", "addresses": [A + "/24"], "anti_spoof": True},
            "guard veth",
        ),
    ]
    for module, options, line in calls:
        drift = host.module(module, check=True, **options)
        assert any(action.startswith(line) for action in drift["actions"]), drift["actions"]
        assert host.module(module, **options)["actions"] == drift["actions"]
    assert host.leaks(before) == []
    assert host.run("nft list table bridge hostnet").stdout == ruleset
    assert works(lab, 8888, container, "I am ours")
    remove_everything(host)
    assert host.leaks() == []
