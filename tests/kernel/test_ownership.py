# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is not ours is never touched, and in the way it is an error that says what to do."""

from __future__ import annotations

import pytest
from networks import CONTAINERS, GATEWAY, SUBNET, remove_everything, web

A = CONTAINERS["container-a"]


def test_what_we_make_bears_our_mark(host):
    container, _other = web(host)
    host.module("port_publish", host_port=8888, container_ip=A)
    for link in host.run("ip -j link").json:
        if link["ifname"] != "lo":
            assert link["ifalias"] == "hostnet"
    assert {link["ifname"]: link.get("ifalias") for link in container.run("ip -j link").json} == {
        "lo": "hostnet",
        "eth0": "hostnet",
    }
    for program in ("iptables-save", "ip6tables-save"):
        for line in host.run(program).stdout.splitlines():
            if line.startswith("-A"):
                assert "--comment hostnet" in line or '--comment "hostnet' in line, line


def test_a_foreign_interface_of_that_name_is_an_error_and_stays(host):
    host.run("ip link add web type bridge")
    assert "interface web exists (bridge) and was not made by this collection" in host.module_fails(
        "bridge", name="web"
    )
    assert "ip link delete web" in host.module_fails("bridge", name="web", state="absent")
    host.run("ip link add other type veth peer name far")
    host.module("netns", name="a")
    assert "interface other exists" in host.module_fails("veth_pair", name="other", netns="a")
    assert [link["ifname"] for link in host.run("ip -j link").json] == ["lo", "web", "far", "other"]


def test_a_foreign_namespace_of_that_name_is_an_error_and_stays(host):
    host.run("ip netns add a")
    assert "namespace a exists and was not made by this collection" in host.module_fails("netns", name="a")
    assert "left alone" in host.module_fails("netns", name="a", state="absent")
    assert host.namespaces() == ["a"]


def test_an_interface_inside_a_namespace_of_others_is_an_error_and_stays(host):
    host.run("ip netns add a")
    host.container("a").run("ip link add eth0 type veth peer name eth9")
    before = host.snapshot()
    message = host.module_fails("veth_pair", netns="a", addresses=["10.20.0.2/24"])
    assert "namespace a already has an interface eth0 that was not made by this collection" in message
    assert host.leaks(before) == []


def test_pairs_can_end_in_foreign_namespaces_and_leave_them_alone(host):
    host.run("ip netns add foreign")
    host.module("bridge", name="web", addresses=[GATEWAY + "/24"])
    host.module("veth_pair", netns="foreign", bridge="web", addresses=[A + "/24"])
    assert host.container("foreign").addresses() == [A + "/24"]
    host.module("veth_pair", netns="foreign", state="absent")
    assert [link["ifname"] for link in host.container("foreign").run("ip -j link").json] == ["lo"]
    assert "foreign" in host.namespaces()


def test_rules_of_others_stay_where_they_are(host):
    host.run("iptables -A FORWARD -s 203.0.113.7 -j DROP")
    host.run("iptables -t nat -N MINE")
    host.run("iptables -t nat -A PREROUTING -j MINE")
    host.run("iptables -t nat -A MINE -d 203.0.113.8 -j ACCEPT")
    host.remember()
    web(host)
    host.module("port_publish", host_port=8888, container_ip=A)
    for rule in (
        "-A FORWARD -s 203.0.113.7/32 -j DROP",
        "-A PREROUTING -j MINE",
        "-A MINE -d 203.0.113.8/32 -j ACCEPT",
    ):
        assert rule in host.run("iptables-save").stdout
    remove_everything(host)
    # Somebody else has rules for forwarded packets, so forwarding may be theirs by now: it stays on, and closed.
    left = [line for line in host.leaks() if "/conf/" not in line]
    assert left == [
        "+ iptables: filter :FORWARD DROP",
        "- sysctls: net/ipv4/ip_forward = 0",
        "+ sysctls: net/ipv4/ip_forward = 1",
    ]
    saved = host.run("iptables-save").stdout
    assert "HOSTNET" not in saved
    assert "-A FORWARD -s 203.0.113.7/32 -j DROP" in saved


def test_the_users_chain_runs_first_and_is_never_written_again(host):
    web(host)
    host.run("iptables -A HOSTNET-USER -s 203.0.113.7 -j DROP")
    host.run("iptables -t nat -A HOSTNET-USER -d 203.0.113.8 -j RETURN")
    host.module("port_publish", host_port=8888, container_ip=A)
    host.module("forwarding", bridge="web", isolate=False)
    saved = host.run("iptables-save").stdout
    assert "-A HOSTNET-USER -s 203.0.113.7/32 -j DROP" in saved
    assert "-A HOSTNET-USER -d 203.0.113.8/32 -j RETURN" in saved
    first = [line for line in saved.splitlines() if line.startswith("-A HOSTNET-FORWARD")][0]
    assert first.endswith("-j HOSTNET-USER")
    remove_everything(host)
    assert "-A HOSTNET-USER -s 203.0.113.7/32 -j DROP" in host.run("iptables-save").stdout


def test_a_flush_by_somebody_else_is_drift_and_repaired(host):
    web(host)
    ports = {"host_port": 8888, "container_ip": A}
    host.module("port_publish", **ports)
    before = host.snapshot()["iptables"]
    host.run("iptables -t nat -F PREROUTING")
    host.run("iptables -F HOSTNET-FORWARD")
    drift = host.module("port_publish", check=True, **ports)
    assert drift["changed"]
    assert drift["actions"]
    host.module("forwarding", bridge="web")
    host.module("masquerade", source=SUBNET)
    host.module("port_publish", **ports)
    assert sorted(host.snapshot()["iptables"]) == sorted(before)


@pytest.mark.parametrize("owner", ["default", "other"])
def test_a_port_of_another_owner_is_an_error_that_names_it(host, owner):
    web(host)
    host.module("port_publish", owner="first", host_port="8000-8010", container_ip=A)
    message = host.module_fails("port_publish", owner=owner, host_port=8005, container_ip=A)
    assert "host_port 8005 is already published by owner first" in message
    message = host.module_fails("port_publish", owner=owner, host_port="8000-8010", state="absent")
    assert "is published by owner first" in message


def test_a_port_of_a_process_is_an_error_that_names_it(host):
    web(host)
    host.serve_tcp(8888)
    before = host.snapshot()
    message = host.module_fails("port_publish", host_port=8888, container_ip=A)
    assert "host_port 8888 (tcp) is in use by process python" in message
    assert "host_port 8888 (tcp) is in use" in host.module_fails(
        "port_publish", check=True, host_port=8888, container_ip=A
    )
    host.module("port_publish", host_port=8888, protocol="udp", container_ip=A)
    host.module("port_publish", host_port=8888, protocol="udp", container_ip=A, state="absent")
    assert host.leaks(before) == []
