# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interrupted or failing at any point, the next run converges, and nothing leaks."""

from __future__ import annotations

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
# How often the calls above ask the kernel, or a program, to change something.
MOMENTS = 37


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


@pytest.mark.parametrize("moment", range(1, MOMENTS + 1))
def test_killed_at_any_moment_the_next_run_converges(host, converged, moment):
    try:
        host.python(killed_at, moment, CALLS)
    except ChildFailed as death:
        assert "wait status 9" in str(death)
    else:
        pytest.fail("the run was over before moment %d" % moment)
    converge(host)
    assert picture(host) == converged
    assert not any(host.module(module, **options)["changed"] for module, options in CALLS)
    remove_everything(host)
    assert host.leaks() == []


@pytest.mark.parametrize("moment", range(1, MOMENTS + 1))
def test_failing_at_any_moment_a_call_takes_back_what_it_did(host, moment):
    for number, (module, options) in enumerate(CALLS):
        before = host.snapshot()
        count, (result,) = host.python(failed_at, moment, [(module, options)])
        if count < moment:
            assert not result.get("failed"), result["msg"]
            moment -= count
            continue
        assert result["failed"]
        assert "injected failure" in result["msg"]
        assert "taking back" not in result["msg"]
        assert host.leaks(before) == []
        for later, later_options in CALLS[number:]:
            host.module(later, **later_options)
        return
    pytest.fail("the run was over before moment %d" % moment)


def test_the_moments_above_are_all_there_are(host):
    count, results = host.python(failed_at, 0, CALLS)
    assert all(result["changed"] for result in results)
    assert count == MOMENTS
