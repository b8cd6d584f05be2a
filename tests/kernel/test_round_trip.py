# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared is what is read back, whatever way the kernel and the firewall print it."""

from __future__ import annotations

import copy

import pytest
from every_option import MODULES
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from hosts import Lab

KEYS = {
    "netns": ("name",),
    "bridge": ("name",),
    "veth_pair": ("netns", "name", "peer"),
    "forwarding": ("bridge",),
    "masquerade": ("source", "out_interface"),
    "port_publish": ("host_port", "container_ip", "protocol", "host_ip"),
    "network": ("name",),
}


def prepare(host, module):
    """What a resource relies on, and two interfaces of others."""
    host.run("ip link add m0 type veth peer name m1")
    if module in ("veth_pair", "forwarding", "masquerade", "port_publish"):
        host.module("bridge", name="web", addresses=["10.20.0.1/24", "fd00:20::1/64"])
    if module == "veth_pair":
        host.module("netns", name="a")
    host.remember()


def round_trip(host, module, options):
    """Declare, observe, remove; return what went wrong."""
    options = copy.deepcopy(options)
    foretold = host._module(module, True, True, 60, options)
    done = host._module(module, False, True, 60, options)
    if done.get("failed") or foretold.get("failed"):
        told = done.get("msg", "")
        # What this kernel was built without is only known when it refuses.
        alike = told == foretold.get("msg") or "Operation not supported" in told
        wrong = [] if alike else ["%s, but in check mode %s" % (told, foretold.get("msg") or foretold["actions"])]
        return wrong + host.leaks() + ([told] if "defect" in told else [])
    wrong = []
    if (foretold["actions"], foretold["diff"]) != (done["actions"], done["diff"]):
        wrong.append("foretold %s, done %s" % (foretold["actions"], done["actions"]))
    if done["changed"] and not (done["actions"] and done["diff"] != {}):
        wrong.append("changed without a word: %s" % done)
    again = host._module(module, False, True, 60, options)
    if again.get("failed") or again["changed"]:
        wrong.append("again: %s" % (again.get("msg") or again["actions"]))
    reported = host._module("network_info", False, False, 60, {})
    if reported.get("failed") or reported["drift"]:
        wrong.append("drift: %s" % (reported.get("msg") or reported["drift"]))
    key = {name: options[name] for name in (*KEYS[module], "owner") if name in options}
    gone = host._module(module, False, False, 60, {**key, "state": "absent"})
    if gone.get("failed"):
        wrong.append("absent: %s" % gone["msg"])
    return wrong + ["left: " + line for line in host.leaks()]


@pytest.mark.wide
@pytest.mark.parametrize("backend", ["nft", "legacy"])
@pytest.mark.parametrize("module", MODULES)
@examples(8)
@given(data=st.data())
def test_what_is_declared_is_what_is_read_back(backend, module, data):
    options = data.draw(MODULES[module])
    with Lab(backend) as lab:
        prepare(lab.host, module)
        assert round_trip(lab.host, module, options) == []


@pytest.mark.parametrize("backend", ["nft", "legacy"])
@pytest.mark.parametrize(("source", "every"), [("10.20.0.0/24", "0.0.0.0/0"), ("fd00:20::/64", "::/0")])
def test_every_destination_may_be_excluded(backend, source, every):
    with Lab(backend) as lab:
        prepare(lab.host, "masquerade")
        assert round_trip(lab.host, "masquerade", {"source": source, "exclude": [every]}) == []


NOT_OURS = [
    "hostnet",
    "hostnet masquerade",
    "hostnet masquerade default 10.20.0.0/33",
    "hostnet masquerade default 10.20.0.0/24 colour=red",
    "hostnet port default tcp 8080 nowhere",
    "hostnet port default tcp 8080 10.20.0.2:80 hairpin=maybe",
    "hostnet forwarding default",
    "hostnet forwarding default web isolate",
    "hostnet dns web br-web",
    "hostnet restore policy",
    "hostnet bridge",
    "hostnet something else",
]


@pytest.mark.parametrize("backend", ["nft", "legacy"])
def test_a_rule_that_cannot_be_understood_is_drift_and_is_replaced(backend):
    with Lab(backend) as lab:
        host = lab.host
        options = {"name": "web", "subnets": ["10.20.0.0/24"], "containers": [{"name": "a", "ports": ["80:80"]}]}
        host.module("network", **options)
        clean = host.run("iptables-save -t nat").stdout
        for comment in NOT_OURS:
            host.run(["iptables", "-t", "nat", "-A", "HOSTNET-SNAT", "-m", "comment", "--comment", comment])
        assert host.module("network_info")["drift"] != []
        assert host.module("network", **options)["changed"]
        assert not host.module("network", **options)["changed"]
        rules = [line for line in host.run("iptables-save -t nat").stdout.splitlines() if line.startswith("-A")]
        assert rules == [line for line in clean.splitlines() if line.startswith("-A")]
        assert host.module("network_info")["drift"] == []
