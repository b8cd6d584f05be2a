# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interrupted or failing at any point, the next run converges, and nothing leaks."""

from __future__ import annotations

import itertools

import pytest
from interruption import failed_at, killed_at
from networks import CONTAINERS, GATEWAY, SUBNET, remove_everything

from hosts.child import ChildFailed
from hosts.host import Host

A = CONTAINERS["container-a"]
CALLS = [
    ("netns", {"namespaces": [{"name": "container-a"}, {"name": "container-b"}]}),
    ("bridge", {"name": "web", "addresses": [GATEWAY + "/24"]}),
    ("forwarding", {"bridge": "web"}),
    (
        "veth_pair",
        {
            "bridge": "web",
            "gateways": [GATEWAY],
            "pairs": [{"netns": name, "addresses": [address + "/24"]} for name, address in CONTAINERS.items()],
        },
    ),
    ("masquerade", {"source": SUBNET}),
    ("port_publish", {"container_ip": A, "ports": ["8888:80", "53:53/udp"]}),
]


def converge(host):
    for module, options in CALLS:
        host.module(module, **options)


def picture(host):
    """What was made, without what is chosen at random or is only seen after traffic."""
    shown = host.snapshot()
    links = host.run("ip -j link").json
    return (
        shown["addresses"],
        shown["routes"],
        shown["iptables"],
        shown["ip6tables"],
        sorted((link["ifname"], link.get("master"), link.get("ifalias"), link.get("group")) for link in links),
    )


@pytest.fixture(scope="module")
def converged():
    with Host() as host:
        converge(host)
        return picture(host)


# Every moment of a whole network is tried in test_transaction.py; of the single modules every fourth one is, from
# two starting points.
STRIDE = 8


@pytest.mark.parametrize("first", [1, 5])
def test_killed_on_the_way_the_next_run_converges(converged, iptables_backend, first):
    for moment in itertools.count(first, STRIDE):
        with Host(iptables_backend) as host:
            host.remember()
            try:
                host.python(killed_at, moment, CALLS)
                break
            except ChildFailed as death:
                assert "wait status 9" in str(death)
            converge(host)
            assert picture(host) == converged
            assert not any(host.module(module, **options)["changed"] for module, options in CALLS)
            remove_everything(host)
            assert host.leaks() == []
    assert moment > 20


@pytest.mark.parametrize("number", range(len(CALLS)), ids=[module for module, _options in CALLS])
def test_failing_at_any_moment_a_call_takes_back_what_it_did(iptables_backend, number):
    module, options = CALLS[number]
    for moment in itertools.count(1):
        with Host(iptables_backend) as host:
            for earlier, earlier_options in CALLS[:number]:
                host.module(earlier, **earlier_options)
            before = host.snapshot()
            count, (result,) = host.python(failed_at, moment, [(module, options)])
            if count < moment:
                break
            if result.get("failed"):
                assert "injected failure" in result["msg"]
                assert "taking back" not in result["msg"]
                assert host.leaks(before) == []
            host.module(module, **options)
            assert not host.module(module, **options)["changed"]
    assert moment > 1
