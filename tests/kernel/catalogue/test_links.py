# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scenarios 93 to 99 of the catalogue: MTU, VLANs, limits; namespaces and interfaces of others that are plugged in."""

from __future__ import annotations

import os
import threading
import time

import pytest
from networks import FAMILIES, HOST_OF, WEB, make, pair, publish
from talk import PATIENCE, Connection, pings

from hosts import ModuleFailed

MEGABIT = 10**6


def test_93_asked_08_an_mtu_changes_in_place_and_connections_live_on(lab, family):
    a, b = make(lab.host, WEB, ["a", "b"])
    publish(lab.host, WEB, 2, 8080, 81)
    kept = Connection(lab.lan, a, family, HOST_OF[family], 8080, served=81)
    own = Connection(lab.lan, a, family, HOST_OF[family], 8080, served=81)
    lab.host.module("bridge", name="web", mtu=1400)
    lab.host.module("veth_pair", pairs=[pair(name, last, mtu=1400) for last, name in ((2, "a"), (3, "b"))])
    assert [place.run("ip -j link show eth0").json[0]["mtu"] for place in (a, b)] == [1400, 1400]
    assert lab.host.run("ip -j link show web").json[0]["mtu"] == 1400
    assert kept.lives()
    assert own.lives()
    too_big = ["ping", "-n", "-c1", "-W0.3", "-Mdo", "-s1450", WEB.address(family, 3)]
    assert a.run(too_big, check=False).rc != 0
    lab.host.module("bridge", name="web", mtu=1500)
    lab.host.module("veth_pair", pairs=[pair(name, last, mtu=1500) for last, name in ((2, "a"), (3, "b"))])
    assert a.run(too_big, check=False).rc == 0
    kept.close()
    own.close()


def test_94_vlans_set_by_hand_on_a_filtering_bridge_do_not_mix_and_stay(host):
    """A kernel that cannot filter VLANs must be told of in a sentence, and nothing may be half done."""
    a, _b = make(host, WEB, ["a", "b"])
    if host.run("ip link add probe type bridge vlan_filtering 1", check=False).rc:
        before = host.snapshot()
        assert "vlan_filtering" in host.module_fails("bridge", name="web", vlan_filtering=True)
        assert host.leaks(before) == []
        return
    ports = [link["ifname"] for link in host.run("ip -j link show master web").json]
    assert host.module("bridge", name="web", vlan_filtering=True)["changed"]
    assert pings(a, WEB.address(4, 3), timeout=PATIENCE)
    for vlan, port in zip((10, 20), ports):
        host.run(["bridge", "vlan", "add", "dev", port, "vid", str(vlan), "pvid", "untagged"])
        host.run(["bridge", "vlan", "delete", "dev", port, "vid", "1"])
    assert not pings(a, WEB.address(4, 3))
    assert not host.module("bridge", name="web", vlan_filtering=True)["changed"]
    assert not pings(a, WEB.address(4, 3))
    host.module("bridge", name="web", vlan_filtering=False)
    assert pings(a, WEB.address(4, 3), timeout=PATIENCE)


@pytest.mark.parametrize("direction", ["to", "from"])
def test_99_asked_04_a_limited_direction_is_slower_and_the_other_is_not(host, family, direction):
    (a,) = make(host, WEB, ["a"])
    gateway, address = WEB.gateway(family), WEB.address(family, 2)
    host.module("veth_pair", **pair(**{"rate_%s_container" % direction: "20mbit", "burst": "32k"}))
    to, back = megabits(host, a, family, address), megabits(a, host, family, gateway)
    limited, free = (to, back) if direction == "to" else (back, to)
    assert limited < 30
    assert free > 3 * limited


def test_99_bad_limits_are_errors(host):
    make(host, WEB, ["a"])
    assert "burst" in host.module_fails("veth_pair", **pair(burst="64k"))
    assert "burst" in host.module_fails("veth_pair", **pair(rate_to_container="1mbit", burst="5g"))
    assert "rate_to_container" in host.module_fails("veth_pair", **pair(rate_to_container="fast"))


def megabits(source, target, family, address, size=2**18):
    """Send bytes over a connection and tell how fast they arrived, in Mbit/s."""
    connection = Connection(source, target, family, address, 5001, served=5001)
    sending = threading.Thread(target=connection.client.sendall, args=(bytes(size),))
    begin, taken = time.monotonic(), 0
    sending.start()
    while taken < size:
        taken += len(connection.server.recv(65536))
    sending.join()
    connection.close()
    return size * 8 / MEGABIT / (time.monotonic() - begin)


def test_attached_by_pid_and_by_path_a_process_of_somebody_else_gets_a_network(lab, family):
    """And loses only that when the name goes: its namespace is not ours."""
    make(lab.host, WEB, [])
    gateways = [WEB.gateway(each) for each in FAMILIES]
    started = [lab.host.start(["unshare", "--net", "sleep", "60"]) for _time in range(2)]
    by_pid, by_path = [_settled(lab.host, process.pid) for process in started]
    lab.host.module("netns", name="by-pid", pid=by_pid)
    lab.host.run("touch /run/some-namespace")
    lab.host.run("mount --bind /proc/%d/ns/net /run/some-namespace" % by_path)
    lab.host.module("netns", name="by-path", path="/run/some-namespace")
    names = ("by-pid", "by-path")
    pairs = [pair(name, last, gateways=gateways) for last, name in enumerate(names, 2)]
    lab.host.module("veth_pair", pairs=pairs)
    publish(lab.host, WEB, 2)
    for last, name in enumerate(names, 2):
        lab.host.container(name).serve_tcp(80, name)
        assert lab.host.ask(WEB.address(family, last), 80).reply == name
    assert lab.lan.ask(HOST_OF[family], 8080).reply == "by-pid"
    lab.host.module("netns", namespaces=[{"name": name, "state": "absent"} for name in names])
    inside = lab.host.run(["nsenter", "--net=/proc/%d/ns/net" % by_pid, "ip", "-j", "link"]).json
    assert [link["ifname"] for link in inside] == ["lo"]


def _settled(host, pid):
    """Wait until a process has moved into a namespace of its own."""
    own = os.stat("/proc/%d/ns/net" % host.pid).st_ino
    end = time.monotonic() + 2
    while os.stat("/proc/%d/ns/net" % pid).st_ino == own and time.monotonic() < end:
        time.sleep(0.01)
    return pid


def test_a_member_brings_the_network_outside_into_the_bridge(lab, family):
    """A container with an address of the LAN, as if plugged in."""
    lab.host.module("netns", name="a")
    lab.host.module("bridge", name="web", members=["lan0"])
    address = {4: "192.0.2.50/24", 6: "2001:db8:1::50/64"}
    lab.host.module("veth_pair", netns="a", bridge="web", addresses=list(address.values()))
    assert pings(lab.lan, address[family].split("/")[0], timeout=PATIENCE)
    lab.host.module("bridge", name="web", state="absent")
    assert lab.host.run("ip -j link show lan0").json[0].get("master") is None
    with pytest.raises(ModuleFailed, match="members: there is no interface ghost"):
        lab.host.module("bridge", name="web", members=["ghost"])
