# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""network_info compares a host with networks as an inventory declares them, and reports on no more than is asked."""

from __future__ import annotations

WEB = {"name": "web", "subnets": ["10.20.0.0/24"], "containers": [{"name": "a", "ports": ["8888:80"]}]}
DB = {"name": "db", "subnets": ["10.30.0.0/24"], "internal": True, "containers": [{"name": "data"}]}


def test_a_host_is_compared_with_the_inventory(host):
    declared = [WEB, DB]
    before = host.module("network_info", gather=["drift"], declared=declared)
    assert not before["changed"] and host.leaks() == []
    told = {item["network"]: item["repair"] for item in before["drift"]}
    assert sorted(told) == ["db", "web"]
    assert {line for lines in told.values() for line in lines} == set(
        host.module("network", networks=declared, check=True)["actions"]
    )
    host.module("network", networks=declared)
    assert host.module("network_info", gather=["drift"], declared=declared)["drift"] == []
    host.run("ip netns exec data ip link set eth0 down")
    (drift,) = host.module("network_info", declared=declared)["drift"]
    assert drift == {"network": "db", "repair": ["set up of eth0 in namespace data: no -> yes"]}
    host.module("network", networks=declared)
    changed = [{**WEB, "state": "absent"}, DB]
    (drift,) = host.module("network_info", declared=changed)["drift"]
    assert drift["network"] == "web" and "delete bridge br-web" in drift["repair"]
    host.module("network", networks=changed)
    assert host.module("network_info", declared=changed)["drift"] == []


def test_declared_networks_are_typed_and_refused_as_the_module_network_does(host):
    text = {**WEB, "mtu": "1400", "icc": "no", "containers": [{"name": "a", "ports": [{"host_port": 8888}]}]}
    host.module("network", **text)
    assert host.module("network_info", declared=[text])["drift"] == []
    assert "masquerde" in host.module_fails("network_info", declared=[{**WEB, "masquerde": False}])
    assert "declared[1].subnets" in host.module_fails("network_info", declared=[WEB, {"name": "db", "subnets": ["x"]}])
    told = host.module_fails("network_info", declared=[{**WEB, "containers": [{"name": "a", "ports": [{"prt": 1}]}]}])
    assert told.startswith("declared[0].containers[0].ports[0]")
    assert "declared" in host.module_fails("network_info", gather=["ports"], declared=[WEB])


def test_only_what_is_asked_for_is_returned(host):
    host.module("network", networks=[WEB, DB])
    found = host.module("network_info", gather=["ports", "networks"], name="web")
    assert [item["host_port"] for item in found["ports"]] == ["8888"]
    assert [item["name"] for item in found["networks"]] == ["web"]
    assert not {"bridges", "namespaces", "rules", "forwarding", "drift"} & set(found)
    assert "gather" in host.module_fails("network_info", gather=["weather"])
