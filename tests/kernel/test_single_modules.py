# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each module alone leaves something that works, says what it does, and does nothing the second time."""

from __future__ import annotations

import pytest
from networks import CONTAINERS, GATEWAY, SUBNET

from hosts.lab import HOST, HOST_6, INTERNET, NEIGHBOUR

A = CONTAINERS["container-a"]
CALLS = [
    ("netns", {"name": "container-a"}),
    ("bridge", {"name": "web", "addresses": [GATEWAY + "/24"]}),
    ("veth_pair", {"netns": "container-a", "bridge": "web", "addresses": [A + "/24"], "gateways": [GATEWAY]}),
    ("masquerade", {"source": SUBNET}),
    ("port_publish", {"host_port": 8888, "container_ip": A, "container_port": 80}),
    ("forwarding", {"bridge": "web"}),
]
REMOVALS = [
    ("forwarding", {"bridge": "web"}),
    ("port_publish", {"host_port": 8888}),
    ("masquerade", {"source": SUBNET}),
    ("veth_pair", {"netns": "container-a"}),
    ("bridge", {"name": "web"}),
    ("netns", {"name": "container-a"}),
]


def test_check_mode_foretells_each_call_and_the_second_call_changes_nothing(host):
    for module, options in CALLS:
        foretold = host.module(module, check=True, **options)
        done = host.module(module, **options)
        assert done["changed"]
        assert (foretold["actions"], foretold["diff"]) == (done["actions"], done["diff"])
        again = host.module(module, **options)
        assert (again["changed"], again["actions"], again["diff"]) == (False, [], {"before": {}, "after": {}})


def test_check_mode_on_a_fresh_host_foretells_the_whole_play(host):
    foretold = [host.module(module, check=True, **options) for module, options in CALLS]
    assert host.leaks() == []
    done = [host.module(module, **options) for module, options in CALLS]
    for (module, _options), early, late in zip(CALLS, foretold, done):
        assert early["changed"], module
        assert early["actions"][0] == late["actions"][0]


def test_a_removal_undoes_and_a_second_one_does_nothing(host):
    for module, options in CALLS:
        host.module(module, **options)
    for module, options in REMOVALS:
        assert host.module(module, state="absent", check=True, **options)["changed"]
        assert host.module(module, state="absent", **options)["changed"]
        assert not host.module(module, state="absent", **options)["changed"]
    assert host.leaks() == []


def test_a_published_port_alone_is_reachable_though_the_host_drops_what_it_forwards(lab):
    lab.host.run("iptables -P FORWARD DROP")
    for module, options in CALLS[:3]:
        lab.host.module(module, **options)
    lab.host.module("port_publish", host_port=8888, container_ip=A, container_port=80)
    lab.host.container("container-a").serve_tcp(80, "here")
    assert lab.lan.ask(HOST, 8888).client == NEIGHBOUR
    assert lab.host.ask("127.0.0.1", 8888).reply == "here"
    assert lab.host.container("container-a").ask(HOST, 8888).reply == "here"


def test_a_masquerade_rule_alone_gives_the_outside(lab):
    for module, options in CALLS[:4]:
        lab.host.module(module, **options)
    lab.internet.serve_tcp(80, "outside")
    assert lab.host.container("container-a").ask(INTERNET, 80).client == HOST


def test_the_order_of_the_modules_does_not_matter_for_what_works(lab):
    for module, options in [CALLS[0], CALLS[1], CALLS[5], CALLS[4], CALLS[3], CALLS[2]]:
        lab.host.module(module, **options)
    lab.internet.serve_tcp(80, "outside")
    container = lab.host.container("container-a")
    container.serve_tcp(80, "inside")
    assert container.ask(INTERNET, 80).client == HOST
    assert lab.lan.ask(HOST, 8888).reply == "inside"


def test_many_resources_cost_one_run(host):
    names = ["c%d" % number for number in range(20)]
    host.module("netns", namespaces=[{"name": name} for name in names])
    host.module("bridge", name="web", addresses=[GATEWAY + "/24"])
    pairs = [{"netns": name, "addresses": ["10.20.0.%d/24" % number]} for number, name in enumerate(names, start=2)]
    done = host.module("veth_pair", bridge="web", gateways=[GATEWAY], pairs=pairs)
    assert sum(line.startswith("create veth") for line in done["actions"]) == 20
    assert len(done["pairs"]) == 20
    assert not host.module("veth_pair", bridge="web", gateways=[GATEWAY], pairs=pairs)["changed"]


def test_purge_removes_what_the_same_owner_no_longer_declares_and_nothing_else(host):
    host.module("netns", owner="one", namespaces=[{"name": "a"}, {"name": "b"}])
    host.module("netns", owner="two", namespaces=[{"name": "c"}])
    host.run("ip netns add foreign")
    done = host.module("netns", owner="one", purge=True, namespaces=[{"name": "b"}])
    assert done["actions"] == ["delete namespace a"]
    assert host.namespaces() == ["b", "c", "foreign"]


@pytest.mark.parametrize("value", ["1", "0"])
def test_sysctls_hold_inside_the_namespace_only(host, value):
    before = host.run("cat /proc/sys/net/ipv4/ip_forward").stdout
    host.module("netns", name="a", sysctls={"net.ipv4.ip_forward": value})
    assert host.container("a").run("cat /proc/sys/net/ipv4/ip_forward").stdout.strip() == value
    assert host.run("cat /proc/sys/net/ipv4/ip_forward").stdout == before
    assert not host.module("netns", name="a", sysctls={"net.ipv4.ip_forward": value})["changed"]


SAME = [
    ("net.ipv4.ping_group_range", "0\t7", "0 7"),
    ("net.ipv4.ip_local_port_range", "2000\t \t3000", "2000 3000"),
    ("net.ipv4.tcp_fastopen", "0x3", "3"),
    ("net.ipv4.ip_default_ttl", "0100", "64"),
]


@pytest.mark.parametrize(("key", "value", "printed"), SAME)
def test_a_value_is_compared_as_the_kernel_prints_it(host, key, value, printed):
    host.module("netns", name="a", sysctls={key: value})
    assert host.container("a").run(["sysctl", "-n", key]).stdout.split() == printed.split()
    assert not host.module("netns", name="a", sysctls={key: value})["changed"]
    assert not host.module("netns", name="a", sysctls={key: printed})["changed"]


def test_addresses_of_a_bridge_are_exact_among_ours(host):
    host.module("bridge", name="web", addresses=["10.20.0.1/24"])
    host.run("ip address add 10.99.0.1/24 dev web")
    done = host.module("bridge", name="web", addresses=["10.20.0.254/24", "fd00:20::1/64"])
    assert done["actions"] == [
        "set net.ipv6.conf.web.disable_ipv6 = 0",
        "add address 10.20.0.254/24 to web",
        "add address fd00:20::1/64 to web",
        "remove address 10.20.0.1/24 from web",
    ]
    addresses = [
        info["local"] for info in host.run("ip -j address show web").json[0]["addr_info"] if info["scope"] == "global"
    ]
    assert sorted(addresses) == ["10.20.0.254", "10.99.0.1", "fd00:20::1"]


def test_a_member_is_enslaved_and_released(host):
    host.run("ip link add wire0 type veth peer name wire1")
    done = host.module("bridge", name="web", members=["wire0"])
    assert "set master of wire0: none -> web" in done["actions"]
    assert not host.module("bridge", name="web", members=["wire0"])["changed"]
    assert host.module("bridge", name="web", members=[])["actions"] == ["set master of wire0: web -> none"]
    host.run("ip link delete wire0")


def test_ipv6_is_published_and_masqueraded_too(lab):
    host = lab.host
    host.module("netns", name="six")
    host.module("bridge", name="web", addresses=["fd00:20::1/64"])
    host.module("veth_pair", netns="six", bridge="web", addresses=["fd00:20::2/64"], gateways=["fd00:20::1"])
    host.module("masquerade", source="fd00:20::/64")
    host.module("port_publish", host_port=8888, container_ip="fd00:20::2", container_port=80)
    inside = host.container("six")
    inside.serve_tcp(80, "six")
    lab.internet.serve_tcp(80, "outside")
    assert lab.lan.ask(HOST_6, 8888).reply == "six"
    assert host.ask("fd00:20::1", 8888).reply == "six"
    assert inside.ask(HOST_6, 8888).reply == "six"
    assert inside.ask("2001:db8:2::2", 80).client == HOST_6


def test_guards_of_many_pairs_come_and_go_together(host):
    host.module("netns", namespaces=[{"name": name} for name in CONTAINERS])
    host.module("bridge", name="web", addresses=[GATEWAY + "/24"])
    pairs = [{"netns": name, "addresses": [address + "/24"]} for name, address in CONTAINERS.items()]
    host.module("veth_pair", bridge="web", anti_spoof=True, pairs=pairs)
    assert not host.module("veth_pair", bridge="web", anti_spoof=True, pairs=pairs)["changed"]
    assert host.run("nft list table bridge hostnet").stdout.count("hostnet guard") == len(CONTAINERS)
    host.module("veth_pair", bridge="web", anti_spoof=False, pairs=pairs)
    assert "hostnet guard" not in host.run("nft list table bridge hostnet").stdout
    host.module("veth_pair", owner="default", purge=True, pairs=[])
    assert host.run("nft list table bridge hostnet", check=False).rc != 0


@pytest.mark.parametrize(
    ("argv", "before"),
    [("ip link set eth0 mtu 1280", {"peer_mtu": 1280}), ("ip link set eth0 down", {"peer_up": False})],
)
def test_a_change_of_the_end_in_the_container_alone_shows_in_the_diff(host, argv, before):
    pair = {"netns": "container-a", "addresses": [A + "/24"], "mtu": 1400}
    host.module("netns", name="container-a")
    host.module("veth_pair", **pair)
    host.container("container-a").run(argv)
    done = host.module("veth_pair", **pair)
    (shown,) = done["diff"]["before"]["pairs"].values()
    assert before.items() <= shown.items()
    (shown,) = done["diff"]["after"]["pairs"].values()
    assert not before.keys() & shown.keys()
