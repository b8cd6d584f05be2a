# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recipe of docs/living-with-others.md for a host with two uplinks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hosts import Host

DOCS = Path(__file__).resolve().parents[2] / "docs" / "living-with-others.md"
WEB = {"name": "web", "subnets": ["10.20.0.0/24"], "containers": [{"name": "a", "ports": ["8080:80"]}]}
CLIENT = "203.0.113.200"


def recipe():
    """The commands of the page, as they stand there."""
    section = DOCS.read_text(encoding="utf-8").partition("## Two uplinks")[2]
    return re.search(r"```shell\n(.*?)```", section, re.DOTALL).group(1)


@pytest.fixture
def second(lab):
    """What is behind the second uplink: a router, and a client beyond it that only this uplink leads to."""
    with Host() as router:
        lab.host.run("ip link add uplink2 type veth peer name eth0 netns %d" % router.pid)
        lab.host.run("ip address add 203.0.113.1/25 dev uplink2")
        lab.host.run("ip link set uplink2 up")
        router.run("ip link set eth0 up")
        router.run("ip address add 203.0.113.2/25 dev eth0")
        router.run("ip address add %s/32 dev lo" % CLIENT)
        router.run("ip route add 203.0.113.1 via 203.0.113.1 dev eth0 src %s onlink" % CLIENT)
        yield router


def test_replies_leave_by_the_uplink_that_the_request_came_by(lab, second):
    lab.host.module("network", **WEB)
    lab.host.container("a").serve_tcp(80, reply="hello")
    assert lab.lan.can_reach("192.0.2.1", 8080)
    assert not second.can_reach("203.0.113.1", 8080), "replies leave by the default route, the first uplink"
    lab.host.run(["sh", "-euc", recipe()])
    assert second.ask("203.0.113.1", 8080).client == CLIENT
    assert lab.lan.can_reach("192.0.2.1", 8080)
    assert not lab.host.module("network", **WEB)["changed"], "the collection leaves the recipe alone"
