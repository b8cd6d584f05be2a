# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A call that fails takes back what it did itself, and nothing that a container did meanwhile."""

from __future__ import annotations

import subprocess

import interruption
import pytest
from interruption import failed_at

WEB = {"name": "web", "subnets": ["10.20.0.0/24"]}
CONTAINERS = [{"name": "a", "addresses": ["10.20.0.2"]}, {"name": "b", "addresses": ["10.20.0.3"]}]
CHANGED = [CONTAINERS[0], {"name": "b", "addresses": ["10.20.0.7"]}, {"name": "c", "addresses": ["10.20.0.8"]}]

# What root in a container does while the host is at work on others.
MEANWHILE = {
    "its interface renamed": "ip link set eth0 down; ip link set eth0 name x; ip link set x up",
    "its interface gone": "ip link delete eth0",
    "an interface of its own": "ip link add x type veth peer name y; ip addr add 10.9.9.9/24 dev x; ip link set x up",
    "an address of its own": "ip addr add 10.9.9.9/24 dev eth0; ip route add 10.8.0.0/16 via 10.9.9.1 dev eth0 onlink",
    "what looks like the end of another": "ip link delete eth0; ip link add eth0 index {index} type veth peer name x "
    "index {other}; ip link set eth0 alias hostnet; ip link set x alias hostnet",
}


@pytest.mark.parametrize("deed", MEANWHILE)
@pytest.mark.parametrize("moment", [2, 5, 9, 14])
def test_what_a_container_did_meanwhile_stays_as_it_is(host, deed, moment):
    host.module("network", containers=CONTAINERS, **WEB)
    (end,) = host.run("ip -j link show type veth").json[1:]
    words = MEANWHILE[deed].format(index=end["link_index"], other=end["ifindex"])
    others = _seen(host, "b")
    outcome = host.python(_failed_while, moment, words, [("network", {"containers": CHANGED, **WEB})])
    assert "injected failure" in outcome["msg"]
    assert "taking back" not in outcome["msg"]
    assert host.namespaces() == ["a", "b"]
    assert _seen(host, "b") == others
    mine = _seen(host, "a")
    assert ("eth0" in mine) == ("renamed" not in deed and "gone" not in deed)
    assert ("10.9.9.9" in mine) == ("own" in deed)
    host.module("network", containers=CONTAINERS, **WEB)
    assert host.module("network", containers=CONTAINERS, **WEB)["actions"] == []
    assert _seen(host, "b") == others


def _seen(host, name):
    return host.container(name).run("ip -o link").stdout + host.container(name).run("ip -o address").stdout


def _failed_while(moment, words, calls):
    """Let a call fail at a moment, and the container act just before."""
    refuse = interruption._refuse

    def act_and_refuse():
        subprocess.run(["ip", "netns", "exec", "a", "sh", "-c", words], check=False)
        refuse()

    interruption._refuse = act_and_refuse
    try:
        return failed_at(moment, calls)[1][0]
    finally:
        interruption._refuse = refuse
