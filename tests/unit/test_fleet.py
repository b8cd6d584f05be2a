# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks tell: faults of declarations, the table of a fleet, the report on a host."""

from __future__ import annotations

import pytest

from ansible_collections.hostnet.containers.plugins.filter.fleet_table import fleet_table
from ansible_collections.hostnet.containers.plugins.filter.host_report import host_report
from ansible_collections.hostnet.containers.plugins.filter.network_faults import network_faults

WEB = {"name": "web", "subnets": ["10.20.0.0/24"]}


def web(**container):
    return [{**WEB, "containers": [{"name": "a", **container}]}]


@pytest.mark.parametrize(
    ("networks", "told"),
    [
        ([{**WEB, "masquerde": False}], "network web: there is no masquerde; did you mean masquerade?"),
        ([{"nam": "web"}], "networks[0]: there is no nam; did you mean name?"),
        (web(port=["80:80"]), "network web, container a: there is no port; did you mean ports?"),
        (
            web(ports=[{"hostport": 80}]),
            "network web, container a, ports[0]: there is no hostport; did you mean host_port?",
        ),
        (web(routes=[{"too": "::/0"}]), "network web, container a, routes[0]: there is no too; did you mean to?"),
        (
            web(networks=["front", {"name": "back", "adresses": []}]),
            "network web, container a, network back: there is no adresses; did you mean addresses?",
        ),
    ],
)
def test_an_option_that_there_is_not_is_told_with_its_place_and_the_nearest_one(networks, told):
    assert network_faults(networks) == [told]


def test_all_of_them_are_told():
    networks = [{**WEB, "intenal": True}, {"name": "back", "dnss": True, "containers": [{"name": "b", "x": 1}]}]
    assert network_faults(networks) == [
        "network web: there is no intenal; did you mean internal?",
        "network back: there is no dnss; did you mean dns?",
        "network back, container b: there is no x",
    ]


@pytest.mark.parametrize(
    ("networks", "told"),
    [
        ([{**WEB, "icc": "perhaps"}], "perhaps"),
        ([{"name": "web", "subnets": ["x"]}], "hostnet_networks[0].subnets: 'x' is not a network"),
        ([{"name": "web"}], "hostnet_networks[0].subnets: is required for network"),
        (web(ports=["80:80:80:80"]), "hostnet_networks[0].containers[0].ports[0]"),
        ([WEB, WEB], "hostnet_networks[1]: declares the same network"),
        (["web"], "hostnet_networks: dictionary requested"),
        (5, "hostnet_networks"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_without_a_host(networks, told):
    (fault,) = network_faults(networks)
    assert told in fault


def test_what_yaml_has_twice_by_an_anchor_is_no_fault():
    containers = [{"name": "a", "ports": [{"host_port": 80, "protocol": "udp"}]}]
    shared = {"subnets": ["10.20.0.0/24"], "containers": containers}
    assert network_faults([{"name": "web", **shared}, {"name": "back", **shared, "subnets": ["10.30.0.0/24"]}]) == []


@pytest.mark.parametrize(
    "networks", [[], [WEB], [{"name": "old", "state": "absent"}], web(ports=["80:80"], hosts=["x"])]
)
def test_what_can_be_is_no_fault(networks):
    assert network_faults(networks) == []


def outcome(failure="", **networks):
    return {"failure": failure, "networks": [{"network": name, "actions": lines} for name, lines in networks.items()]}


def test_the_table_tells_of_each_host_that_differs_and_counts_the_others():
    outcomes = {
        "one": outcome(web=["create bridge br-web"], back=["guard x", "b", "c", "d"]),
        "two": outcome(),
        "three": outcome(failure="it\nbroke"),
        "four": None,
        "five": False,
    }
    assert fleet_table(outcomes, ["four", "three"]) == [
        "host   network  what differs",
        "one    web      create bridge br-web",
        "       back     b; c; d; and 1 more",
        "three           FAILED: it broke",
        "four            NOT REACHED",
        "Hosts: 1 of 4 is as declared, 1 differs, 1 failed, 1 not reached",
    ]


def test_a_fleet_without_differences_is_one_line():
    assert fleet_table({"one": outcome(), "two": outcome()}) == ["Hosts: 2 of 2 are as declared"]
    assert fleet_table({"one": outcome(), "two": outcome()}, done=True) == ["Hosts: 2 of 2 were as declared already"]


def test_rows_are_not_wider_than_a_terminal():
    lines = fleet_table({"a" * 30: outcome(web=["set this and that " * 30]), "b": outcome(failure="x " * 3000)})
    assert max(map(len, lines)) <= 116
    assert len(lines) < 20


FOUND = {
    "networks": [{"name": "web"}],
    "bridges": [{"name": "br-web", "owner": "web", "addresses": ["10.20.0.1/24", "fd00::1/64"]}],
    "namespaces": [
        {
            "name": "a",
            "interfaces": [
                {"name": "lo", "addresses": ["127.0.0.1/8"]},
                {"name": "eth0", "bridge": "br-web", "addresses": ["10.20.0.2/24", "fd00::2/64"]},
            ],
        }
    ],
    "ports": [
        {"bridge": "br-web", "host_port": "8888", "container_port": "80", **port}
        for port in (
            {"container_ip": "10.20.0.2", "protocol": "tcp"},
            {"container_ip": "fd00::2", "protocol": "tcp"},
            {"container_ip": "fd00::2", "protocol": "udp", "host_ip": "2001:db8::1"},
            {"container_ip": "10.20.0.9", "protocol": "sctp"},
        )
    ],
    "drift": [],
}


def test_the_report_shows_networks_containers_and_ports():
    assert host_report(FOUND, "one", ["web"]) == {
        "lines": [
            "one: 1 network on record, as declared",
            "  network  on it   addresses                 published ports",
            "  web      br-web  10.20.0.1/24, fd00::1/64",
            "           a       10.20.0.2/24, fd00::2/64  tcp 8888 -> 80, udp [2001:db8::1]:8888 -> 80",
        ],
        "networks": [],
    }


def test_what_differs_is_told_in_sentences():
    drift = [{"network": "web", "repair": ["set up of br-web: no -> yes"]}]
    told = host_report({**FOUND, "drift": drift}, "one", ["web"])
    assert told["lines"][0] == "one: 1 network on record, NOT AS DECLARED"
    assert told["lines"][-1] == "  Network web: set up of br-web: no -> yes."
    assert told["networks"] == [{"network": "web", "actions": ["set up of br-web: no -> yes"]}]


def test_what_is_on_record_and_not_declared_differs():
    told = host_report(FOUND, "one", ["other"])
    assert [item["network"] for item in told["networks"]] == ["web"]
    assert host_report(FOUND, "one", None)["networks"] == []


def test_a_host_that_declares_nothing_and_cannot_be_looked_at_is_no_failure():
    told = host_report({"failed": False, "msg": "pyroute2 is required"}, "one")
    assert told["lines"] == ["one: cannot be looked at, and nothing is declared: pyroute2 is required"]
    assert told["networks"] == []
