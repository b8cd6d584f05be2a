# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Beside containers of Podman (netavark) and of CNI on one host."""

from __future__ import annotations

import os

import pytest
from networks import CONTAINERS, PORT, published_web, remove_everything
from peers import foreign_rules, forwarding, served, works
from runtimes import CNI, NETAVARK, Cni, Netavark

from hosts.lab import HOST

A = CONTAINERS["container-a"]
OTHERS = [
    pytest.param(
        Netavark,
        id="netavark",
        marks=pytest.mark.skipif(not os.path.exists(NETAVARK), reason="the package netavark is not installed"),
    ),
    pytest.param(
        Cni,
        id="cni",
        marks=pytest.mark.skipif(
            not os.path.exists(CNI), reason="the package containernetworking-plugins is not installed"
        ),
    ),
]


@pytest.mark.parametrize("runtime", OTHERS)
def test_both_work_before_during_and_after(lab, runtime):
    host = lab.host
    theirs = runtime(host).add()
    theirs.serve_tcp(80, "I am theirs")
    host.remember()
    rules = foreign_rules(host)
    assert works(lab, 8080, theirs, "I am theirs")
    ours = published_web(host)
    assert works(lab, 8080, theirs, "I am theirs")
    assert works(lab, 8888, ours, "I am ours")
    assert ours.ask(HOST, 8080).reply == "I am theirs"
    assert theirs.ask(HOST, 8888).reply == "I am ours"
    assert not theirs.can_reach(A, 81)
    assert foreign_rules(host) == rules
    remove_everything(host)
    assert works(lab, 8080, theirs, "I am theirs")
    assert foreign_rules(host) == rules
    assert host.leaks() == []


@pytest.mark.parametrize("runtime", OTHERS)
def test_theirs_come_restart_and_stay_while_ours_are_there_and_go(lab, runtime):
    host = lab.host
    ours = published_web(host)
    other = runtime(host)
    other.add()
    other.remove()
    theirs = other.add()
    theirs.serve_tcp(80, "I am theirs")
    if other.rules_are_nftables():
        # What docs/living-with-others.md tells to do where they come after us.
        host.run("iptables -P FORWARD ACCEPT")
    assert works(lab, 8080, theirs, "I am theirs")
    assert works(lab, 8888, ours, "I am ours")
    rules = foreign_rules(host)
    # They put their jumps first, and so do we at the next run.
    host.module("port_publish", **PORT)
    assert not host.module("port_publish", **PORT)["changed"]
    assert works(lab, 8080, theirs, "I am theirs")
    assert works(lab, 8888, ours, "I am ours")
    assert not theirs.can_reach(A, 81)
    assert foreign_rules(host) == rules
    remove_everything(host)
    assert forwarding(host) == "1"
    assert works(lab, 8080, theirs, "I am theirs")
    assert foreign_rules(host) == rules
    assert not served(lab.lan, HOST, 8888)


@pytest.mark.parametrize("runtime", OTHERS)
def test_theirs_go_while_ours_are_there(lab, runtime):
    host = lab.host
    other = runtime(host)
    other.add()
    ours = published_web(host)
    other.remove()
    assert works(lab, 8888, ours, "I am ours")
    assert not host.module("port_publish", **PORT)["changed"]
