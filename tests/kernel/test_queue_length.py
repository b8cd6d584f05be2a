# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transmit queue of a veth pair is as long as declared, at both ends."""

from __future__ import annotations

import pytest

PAIR = {"name": "veth-a", "netns": "container-a", "bridge": "web", "addresses": ["10.20.0.2/24"]}


@pytest.fixture
def furnished(host):
    """A host with a bridge and a namespace."""
    host.module("bridge", name="web", addresses=["10.20.0.1/24"])
    host.module("netns", name="container-a")
    return host


def lengths(host):
    """The lengths at the host's end and at the other."""
    inside = host.container("container-a").run("ip -j link show eth0").json[0]
    return host.run("ip -j link show veth-a").json[0]["txqlen"], inside["txqlen"]


def changed_as_foretold(host, **options):
    """Check mode says what the run then does, and the next run does nothing. Returns the result of the run."""
    before = lengths(host) if "veth-a" in host.run("ip -br link").stdout else None
    foretold = host.module("veth_pair", check=True, **PAIR, **options)
    assert before is None or lengths(host) == before
    done = host.module("veth_pair", **PAIR, **options)
    assert (foretold["actions"], foretold["diff"]) == (done["actions"], done["diff"])
    assert done["changed"] and done["diff"]["before"] != done["diff"]["after"]
    assert not host.module("veth_pair", **PAIR, **options)["changed"]
    return done


def test_a_new_pair_has_it(furnished):
    done = changed_as_foretold(furnished, queue_length=200)
    assert lengths(furnished) == (200, 200)
    assert done["pairs"][0]["queue_length"] == done["diff"]["after"]["pairs"]["veth-a"]["queue_length"] == 200


def test_it_changes_and_stays_where_it_is_not_declared(furnished):
    furnished.module("veth_pair", **PAIR)
    born = lengths(furnished)[0]
    done = changed_as_foretold(furnished, queue_length=1000000)
    assert lengths(furnished) == (1000000, 1000000)
    assert done["actions"] == [
        "set queue_length of veth-a: %d -> 1000000" % born,
        "set queue_length of eth0 in namespace container-a: %d -> 1000000" % born,
    ]
    assert not furnished.module("veth_pair", **PAIR)["changed"]
    assert lengths(furnished) == (1000000, 1000000)


@pytest.mark.parametrize(
    ("where", "argv", "told"),
    [
        (None, "ip link set veth-a txqueuelen 7", "set queue_length of veth-a: 7 -> 200"),
        ("container-a", "ip link set eth0 txqueuelen 7", "set queue_length of eth0 in namespace container-a: 7 -> 200"),
    ],
)
def test_what_somebody_changed_at_one_end_is_put_right(furnished, where, argv, told):
    furnished.module("veth_pair", **PAIR, queue_length=200)
    (furnished.container(where) if where else furnished).run(argv)
    assert changed_as_foretold(furnished, queue_length=200)["actions"] == [told]
    assert lengths(furnished) == (200, 200)


def test_it_is_told_by_network_info(furnished):
    furnished.module("veth_pair", **PAIR, queue_length=200)
    (namespace,) = furnished.module("network_info")["namespaces"]
    assert [item.get("queue_length") for item in namespace["interfaces"] if item["name"] == "eth0"] == [200]


@pytest.mark.parametrize("length", [0, 1000001])
def test_a_length_out_of_range_is_refused(furnished, length):
    told = furnished.module_fails("veth_pair", **PAIR, queue_length=length)
    assert told == "queue_length: %d is out of range; use 1 to 1000000 packets" % length


def test_it_holds_for_every_pair_of_a_list(furnished):
    furnished.module("netns", name="container-b")
    pairs = [PAIR, {"name": "veth-b", "netns": "container-b", "queue_length": 50}]
    furnished.module("veth_pair", pairs=pairs, queue_length=200)
    assert lengths(furnished) == (200, 200)
    assert furnished.container("container-b").run("ip -j link show eth0").json[0]["txqlen"] == 50
