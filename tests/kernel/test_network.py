# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole networks in one call."""

from __future__ import annotations

import json

import pytest

from hosts.lab import HOST, HOST_6, INTERNET, NEIGHBOUR

WEB = {
    "name": "web",
    "subnets": ["10.20.0.0/24", "fd00:20::/64"],
    "containers": [
        {"name": "container-a", "ports": ["8888:80"], "hosts": ["a.example"]},
        {"name": "container-b", "ports": [{"host_port": 9999, "container_port": 80}]},
    ],
}
BACK = {"name": "back", "subnets": ["10.30.0.0/24"], "internal": True, "containers": [{"name": "database"}]}


def addresses(result):
    return {item["name"]: item["addresses"] for network in result["networks"] for item in network["containers"]}


def test_a_network_works_as_a_whole_and_goes_as_a_whole(lab):
    host = lab.host
    foretold = host.module("network", check=True, **WEB)
    done = host.module("network", **WEB)
    assert foretold["actions"] == done["actions"]
    assert foretold["diff"] == done["diff"]
    assert addresses(done) == {
        "container-a": ["10.20.0.2/24", "fd00:20::2/64"],
        "container-b": ["10.20.0.3/24", "fd00:20::3/64"],
    }
    again = host.module("network", **WEB)
    assert (again["changed"], again["actions"]) == (False, [])
    a, b = host.container("container-a"), host.container("container-b")
    a.serve_tcp(80, "a")
    b.serve_tcp(80, "b")
    lab.internet.serve_tcp(80, "outside")
    assert lab.lan.ask(HOST, 8888).client == NEIGHBOUR
    assert lab.lan.ask(HOST_6, 9999).reply == "b"
    assert host.ask("127.0.0.1", 9999).reply == "b"
    assert a.ask(INTERNET, 80).client == HOST
    assert a.run("getent ahostsv4 container-b").stdout.split()[0] == "10.20.0.3"
    assert b.run("getent ahostsv4 a.example").stdout.split()[0] == "10.20.0.2"
    host.module("network", name="web", state="absent")
    assert not host.module("network", name="web", state="absent")["changed"]
    assert host.leaks() == []


def test_networks_in_one_call_share_containers(lab):
    host = lab.host
    web = dict(WEB, containers=[dict(WEB["containers"][0], networks=["back"])])
    done = host.module("network", networks=[web, BACK])
    assert not host.module("network", networks=[web, BACK])["changed"]
    front, database = host.container("container-a"), host.container("database")
    database.serve_tcp(5432, "data")
    assert (
        front.ask("10.30.0.3" if "10.30.0.2/24" not in addresses(done)["database"] else "10.30.0.2", 5432).reply
        == "data"
    )
    assert front.run("getent ahostsv4 database").stdout
    assert database.run("ip route show default").stdout == ""
    assert "10.20.0.1" in front.run("ip route show default").stdout
    message = host.module_fails("network", name="back", state="absent")
    assert "container container-a is attached to network back, which is removed by this call" in message
    host.module("network", networks=[{"name": "web", "state": "absent"}, {"name": "back", "state": "absent"}])
    assert host.leaks() == []


def test_addresses_stay_whatever_the_order_of_the_list(host):
    names = ["c%d" % number for number in range(6)]
    first = addresses(
        host.module("network", name="web", subnets=["10.20.0.0/28"], containers=[{"name": name} for name in names])
    )
    assert first["c0"] == ["10.20.0.2/28"]
    fewer = [{"name": name} for name in reversed(names) if name != "c1"]
    second = addresses(host.module("network", name="web", subnets=["10.20.0.0/28"], containers=fewer))
    assert all(second[name] == first[name] for name in second)
    third = addresses(
        host.module("network", name="web", subnets=["10.20.0.0/28"], containers=[{"name": "new"}, *fewer])
    )
    assert third["new"] == first["c1"]


def test_addresses_survive_the_loss_of_everything_in_the_kernel(host):
    done = host.module("network", **WEB)
    second = dict(WEB, containers=[WEB["containers"][1]])
    host.module("network", **second)
    host.run("ip link delete br-web")
    for namespace in host.namespaces():
        host.run("ip netns delete " + namespace)
    host.run("iptables-restore", stdin="*nat\nCOMMIT\n*filter\nCOMMIT\n*raw\nCOMMIT\n")
    assert addresses(host.module("network", **second))["container-b"] == addresses(done)["container-b"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subnets": ["10.20.0.0/30"]}, "subnets: 10.20.0.0/30 is full (2 addresses in use); give a larger subnet"),
        ({"subnets": ["10.20.0.0/24"], "gateways": ["10.21.0.1"]}, "gateways: 10.21.0.1 is in none of the subnets"),
        (
            {"name": "a-name-that-is-long"},
            "the bridge would be br-a-name-that-is-long, which is longer than 15 characters",
        ),
        ({"internal": True}, "container-a publishes ports, but no traffic enters an internal network"),
        (
            {"containers": [{"name": "x", "networks": ["ghost"]}]},
            "container x is attached to network ghost, which is not declared",
        ),
        ({"containers": [{"name": "x", "addresses": ["10.20.0.1"]}]}, "the address 10.20.0.1 of x is the gateway"),
        ({"subnets": ["192.0.2.0/25"]}, "192.0.2.1/25 overlaps 192.0.2.1/24 of interface lan0"),
        ({"subnets": []}, "subnets: is required for network"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(lab, changes, message):
    assert message in lab.host.module_fails("network", **{**WEB, **changes})
    assert lab.host.leaks() == []


def test_the_record_is_what_was_declared(host):
    host.module("network", **WEB)
    record = json.loads(host.run("cat /etc/hostnet/networks/web.json").stdout)
    assert record["name"] == "web"
    assert record["containers"][0]["addresses"] == ["10.20.0.2/24", "fd00:20::2/64"]
    assert record["containers"][0]["ports"] == [{"container_port": "80", "host_port": "8888"}]


def test_running_programs_see_new_names(host):
    host.module("network", **dict(WEB, containers=WEB["containers"][:1]))
    inside = host.container("container-a")
    program = inside.start(["sh", "-c", "until grep -q container-b /etc/hosts; do sleep 0.05; done"])
    host.module("network", **WEB)
    assert program.wait(timeout=5) == 0


def test_a_change_in_place_leaves_the_rest_alone(host):
    host.module("network", **WEB)
    done = host.module(
        "network", **dict(WEB, containers=[{"name": "container-a", "ports": ["8889:80"]}, WEB["containers"][1]])
    )
    assert "publish tcp 8889 -> 10.20.0.2:80" in done["actions"]
    assert "withdraw tcp 8888 -> 10.20.0.2:80" in done["actions"]
    assert not any("container-b" in line for line in done["actions"])
