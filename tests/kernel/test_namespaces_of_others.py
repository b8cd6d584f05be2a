# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers in namespaces that others made: those of processes, of files, and those with a name already."""

from __future__ import annotations

import os
import time

import pytest

SUBNET, NAME = "10.20.0.0/24", "theirs"
PORT = "net.ipv4.ip_unprivileged_port_start"


def process(host):
    """A process of somebody else with a network namespace of its own."""
    started = host.start(["unshare", "--net", "sleep", "600"])
    own = os.stat("/proc/%d/ns/net" % host.pid).st_ino
    deadline = time.monotonic() + 10
    while True:
        namespace = os.stat("/proc/%d/ns/net" % started.pid).st_ino
        if namespace not in (own, os.stat("/proc/self/ns/net").st_ino) and namespace:
            return started
        assert time.monotonic() < deadline
        time.sleep(0.01)


def of_file(host):
    host.run("touch /run/their-namespace")
    host.run(["mount", "--bind", "/proc/%d/ns/net" % process(host).pid, "/run/their-namespace"])
    return {"path": "/run/their-namespace"}


def of_process(host):
    return {"pid": process(host).pid}


def of_name(host):
    host.run(["ip", "netns", "add", NAME])
    return {"netns": NAME}


def seen(place, key):
    return place.run(["sysctl", "-n", key]).stdout.strip()


@pytest.mark.parametrize("source", [of_process, of_file])
def test_an_attached_namespace_has_its_loopback_and_its_settings(host, source):
    options = {"name": NAME, **source(host), "sysctls": {PORT: 81}}
    foretold = host.module("netns", check=True, **options)["actions"]
    assert host.module("netns", **options)["actions"] == foretold
    assert not host.module("netns", **options)["changed"]
    inside = host.container(NAME)
    assert seen(inside, PORT) == "81"
    assert "UP" in inside.run("ip link show lo").stdout
    assert host.module("netns", **{**options, "loopback": False, "sysctls": {PORT: 82}})["changed"]
    assert (seen(inside, PORT), "UP" in inside.run("ip link show lo").stdout) == ("82", False)


@pytest.mark.parametrize("option", ["pid", "path"])
def test_the_namespace_of_the_host_is_refused(host, option):
    own = {"pid": host.pid, "path": "/proc/%d/ns/net" % host.pid}
    message = host.module_fails("netns", name=NAME, **{option: own[option]})
    assert "is in the host's own network namespace" in message
    assert host.leaks() == []


def test_a_link_to_a_process_that_is_gone_is_replaced(host):
    host.run("mkdir -p /run/netns")
    host.run("ln -s /proc/4194303/ns/net /run/netns/" + NAME)
    host.run("ln -s /run/nowhere /run/netns/other")
    assert host.module("netns", name=NAME)["changed"]
    assert not host.module("netns", name=NAME)["changed"]
    assert "was not made by this collection" in host.module_fails("netns", name="other")


@pytest.mark.parametrize("source", [of_process, of_file, of_name])
def test_a_container_of_a_network_is_in_a_namespace_of_others(lab, source):
    host = lab.host
    where = source(host)
    there = host.snapshot()
    container = {"name": "db", "netns": NAME, **where, "addresses": ["10.20.0.9"], "ports": ["8080:80"]}
    container["sysctls"] = {PORT: 80}
    options = {"name": "web", "subnets": [SUBNET], "dns": False, "containers": [container, {"name": "app"}]}
    foretold = host.module("network", check=True, **options)["actions"]
    assert host.module("network", **options)["actions"] == foretold
    assert not host.module("network", **options)["changed"]
    assert host.module("network_info")["drift"] == []
    inside, app = host.container(NAME), host.container("app")
    inside.serve_tcp(80, "theirs")
    assert app.ask("10.20.0.9", 80).reply == lab.lan.ask("192.0.2.1", 8080).reply == "theirs"
    assert "10.20.0.9" in app.run("getent hosts db").stdout
    assert "10.20.0.2" in inside.run("getent hosts app").stdout
    inside.run("ip link delete eth0")
    assert host.module("network_info")["drift"] != []
    assert host.module("network", **options)["changed"]
    if "pid" in where:
        # The record is enough.
        host.run(["kill", str(where["pid"])])
    assert not host.module("network", name="web", subnets=[SUBNET])["changed"]
    host.module("network", name="web", state="absent")
    assert host.leaks(there) == []


def test_settings_of_an_interface_are_written_when_it_is_there(host):
    keys = ["net.ipv4.conf.eth0.rp_filter", "net/ipv4/conf/eth0/arp_ignore"]
    container = {"name": "a", "sysctls": {keys[0]: 2, keys[1]: 1, PORT: 80}}
    options = {"name": "web", "subnets": [SUBNET], "containers": [container]}
    foretold = host.module("network", check=True, **options)["actions"]
    assert host.module("network", **options)["actions"] == foretold
    assert not host.module("network", **options)["changed"]
    assert [seen(host.container("a"), key) for key in (*keys, PORT)] == ["2", "1", "80"]
