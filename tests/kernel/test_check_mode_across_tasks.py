# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that are all only checked foretell what they do one after the other, though none of them does anything."""

from __future__ import annotations

import pytest

BACK = {"name": "back", "subnets": ["10.30.0.0/24"]}
ON_BACK = {"name": "a", "ports": ["8080:80"], "networks": [{"name": "back", "addresses": ["10.30.0.9/24"]}]}
FRONT = {"name": "front", "subnets": ["10.20.0.0/24"], "containers": [ON_BACK]}
GONE = [{"name": name, "state": "absent"} for name in ("front", "back")]
# What the first task that needs it does, and the last one takes back: each task that is only checked foretells it.
SWITCHES = ("FORWARD", "net.ipv4.ip_forward", "IPv6 rules")


def warnings(result):
    """What a module warns of; ansible-core 2.19 wraps it."""
    return str(result.get("warnings", ""))


def lasting(actions):
    return [line for line in actions if not any(word in line for word in SWITCHES)]


def test_networks_that_build_on_each_other_are_foretold_and_so_is_their_removal(host):
    foretold = [host.module("network", check=True, **options) for options in (BACK, FRONT)]
    assert host.leaks() == []
    assert warnings(foretold[0]) == ""
    assert "earlier tasks would have made network back, bridge br-back" in warnings(foretold[1])
    done = [host.module("network", **options) for options in (BACK, FRONT)]
    assert [lasting(item["actions"]) for item in foretold] == [lasting(item["actions"]) for item in done]
    there = host.snapshot()
    foretold = [host.module("network", check=True, **options) for options in GONE]
    assert host.leaks(there) == []
    assert "containers of network front off what this one removes" in warnings(foretold[1])
    assert "is removed by this call" in host.module_fails("network", **GONE[1])
    done = [host.module("network", **options) for options in GONE]
    assert [lasting(item["actions"]) for item in foretold] == [lasting(item["actions"]) for item in done]


def test_a_network_without_known_addresses_is_taken_for_granted(host):
    found = host.module("network", check=True, **{**FRONT, "containers": [{"name": "a", "networks": ["back"]}]})
    assert any(line.startswith("create veth veth321a69db in bridge br-back, peer eth1") for line in found["actions"])
    assert "network back" in host.module_fails("network", **FRONT)


@pytest.mark.parametrize("repeated", [{}, {"addresses": ["10.20.0.2/24"]}])
def test_cards_that_build_on_each_other_are_foretold(host, repeated):
    tasks = [
        ("netns", {"name": "a"}),
        ("bridge", {"name": "web", "addresses": ["10.20.0.1/24"]}),
        ("veth_pair", {"netns": "a", "bridge": "web", "addresses": ["10.20.0.2/24"], "anti_spoof": True}),
        ("veth_pair", {"netns": "a", "bridge": "web", "allowed_addresses": ["10.20.0.9/32"], **repeated}),
        ("port_publish", {"host_port": 8080, "container_ip": "10.20.0.2"}),
    ]
    foretold = [host.module(module, check=True, **options) for module, options in tasks]
    assert host.leaks() == []
    assert all(item["changed"] for item in foretold)
    assert "would have made bridge web, veth pair veth49075c1f, namespace a" in warnings(foretold[3])
    assert all(host.module(module, **options)["changed"] for module, options in tasks)
    assert not any(warnings(host.module(module, check=True, **options)) for module, options in tasks)
    allowed = [line for line in foretold[3]["actions"] if line.startswith("guard veth49075c1f")]
    assert len(allowed) == 1
    assert "10.20.0.9" in allowed[0]
