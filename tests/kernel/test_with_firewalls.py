# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Beside firewalld and ufw, the real ones, on one host."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest
from networks import CONTAINERS, PORT, remove_everything, web
from peers import foreign_rules, forwarding, served, works

from hosts.answer import Unreachable
from hosts.lab import HOST, INTERNET

A = CONTAINERS["container-a"]
CALLS = [
    ("forwarding", {"bridge": "web"}),
    ("masquerade", {"source": "10.20.0.0/24"}),
    ("port_publish", PORT),
]
OTHER_PORT = {"host_port": 9999, "container_ip": A, "container_port": 80}

needs_firewalld = pytest.mark.skipif(shutil.which("firewalld") is None, reason="the package firewalld is not installed")
needs_ufw = pytest.mark.skipif(shutil.which("ufw") is None, reason="the package ufw is not installed")


@pytest.fixture
def firewalld(lab):
    """A host where firewalld runs with its defaults, and a bus for it."""
    host = lab.host
    host.run("mkdir -p /run/dbus")
    for program in ("dbus-daemon --system --nofork --nopidfile", "firewalld --nofork --nopid"):
        host.start(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while host.run("firewall-cmd --state", check=False).rc:
        if time.monotonic() > deadline:
            raise AssertionError("firewalld did not start; run it by hand to see why")
        time.sleep(0.1)
    return lab


@pytest.fixture
def ufw(lab):
    """A host where ufw is enabled with its defaults."""
    lab.host.run("ufw --force enable")
    return lab


def publish(host):
    container, _other = web(host)
    result = host.module("port_publish", **PORT)
    container.serve_tcp(80, "I am ours")
    return container, result


@needs_firewalld
def test_firewalld_is_left_alone_and_a_warning_says_what_it_needs(firewalld):
    host = firewalld.host
    rules = foreign_rules(host)
    container, result = publish(host)
    assert "firewall-cmd --permanent --zone=trusted --add-interface=web" in str(result["warnings"])
    assert foreign_rules(host) == rules
    assert served(firewalld.lan, HOST, 8888) == "I am ours"
    with pytest.raises(Unreachable):
        container.ask(INTERNET, 7777)
    host.run("firewall-cmd --zone=trusted --add-interface=web")
    assert works(firewalld, 8888, container, "I am ours")
    rules = foreign_rules(host)
    assert "warnings" not in host.module("port_publish", **OTHER_PORT)
    assert foreign_rules(host) == rules
    remove_everything(host)
    assert foreign_rules(host) == rules
    assert forwarding(host) == "1"


@needs_firewalld
@pytest.mark.parametrize("command", ["firewall-cmd --reload", "firewall-cmd --complete-reload"])
def test_what_a_reload_of_firewalld_flushes_the_next_run_repairs(firewalld, command):
    """firewalld 1 flushes all of iptables; later ones leave alone what is not theirs."""
    host = firewalld.host
    container, _result = publish(host)
    host.run("firewall-cmd --permanent --zone=trusted --add-interface=web")
    before = host.snapshot()
    flushes = host.run("firewall-cmd --version").stdout.startswith("1.")
    host.run(command)
    assert ("HOSTNET" not in host.run("iptables-save").stdout) == flushes
    foretold = [host.module(module, check=True, **options)["actions"] for module, options in CALLS]
    assert any(line.startswith("set forwarding of bridge web: ") for line in foretold[0]) == flushes
    for module, options in CALLS:
        host.module(module, **options)
    assert host.leaks(before) == []
    assert works(firewalld, 8888, container, "I am ours")


@needs_ufw
def test_ufw_is_left_alone_and_published_ports_pass_it(ufw):
    host = ufw.host
    host.serve_tcp(7000, "closed by ufw")
    rules = foreign_rules(host)
    container, _result = publish(host)
    assert works(ufw, 8888, container, "I am ours")
    assert not ufw.lan.can_reach(HOST, 7000)
    assert foreign_rules(host) == rules
    remove_everything(host)
    assert foreign_rules(host) == rules
    assert not ufw.lan.can_reach(HOST, 7000)
    # Routes of ufw may rely on forwarding by now; the policy of its own keeps it closed.
    assert forwarding(host) == "1"
    assert ":FORWARD DROP" in host.run("iptables-save -t filter").stdout


@needs_ufw
def test_ours_survive_ufw_being_reloaded_disabled_and_enabled(ufw):
    host = ufw.host
    container, _result = publish(host)
    for command in ("ufw reload", "ufw disable", "ufw --force enable"):
        host.run(command)
        assert works(ufw, 8888, container, "I am ours")
        assert not host.module("port_publish", **PORT)["changed"]


@needs_ufw
def test_a_reset_of_the_firewall_is_drift_and_repaired(ufw):
    host = ufw.host
    container, _result = publish(host)
    before = [line for line in host.snapshot()["iptables"] if "HOSTNET" in line]
    host.run("ufw --force reset")
    for words in ("-F", "-X", "-t nat -F", "-t nat -X", "-t raw -F", "-t raw -X"):
        host.run("iptables " + words)
    for module, options in CALLS:
        foretold = host.module(module, check=True, **options)
        assert foretold["changed"]
        assert host.module(module, **options)["actions"] == foretold["actions"]
    assert [line for line in host.snapshot()["iptables"] if "HOSTNET" in line] == before
    assert works(ufw, 8888, container, "I am ours")
