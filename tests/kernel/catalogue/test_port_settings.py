# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a container's port is like follows from what the host needs, in each run anew; what was asked for wins."""

from __future__ import annotations

import pytest
from networks import DB, WEB, make, pair, publish

WALLS = {"guard": True, "root_block": True, "multicast_router": 0, "fastleave": False}
NETWORK = {"name": "web", "bridge": "web", "subnets": ["10.20.0.0/24"], "containers": [{"name": "a"}, {"name": "b"}]}


def filter_bridged(host, four, six):
    """Set which bridged packets pass the firewall."""
    host.run("sysctl -q net.bridge.bridge-nf-call-iptables=%d net.bridge.bridge-nf-call-ip6tables=%d" % (four, six))


def ports(host, bridge="web"):
    """Settings of the ports of a bridge, as the kernel tells them, by name."""
    links = host.run(["ip", "-d", "-j", "link", "show", "master", bridge]).json
    told = {link["ifname"]: link["linkinfo"]["info_slave_data"] for link in links}
    return {
        port: {name: value for name, value in values.items() if not name.endswith("timer")}
        for port, values in told.items()
    }


def each(host, name, bridge="web"):
    """The values of one setting of all ports."""
    return {values[name] for values in ports(host, bridge).values()}


def test_a_port_is_as_to_a_stranger(host):
    make(host, WEB, ["a", "b"])
    assert [{name: values[name] for name in WALLS} for values in ports(host).values()] == [WALLS, WALLS]
    assert each(host, "hairpin") == {False}
    assert host.run("ip -d -j link show web").json[0]["linkinfo"]["info_data"]["no_linklocal_learn"]


def test_hairpin_is_where_the_host_needs_it(host, family):
    """The firewall sees the bridge's packets of that family, and a port with hairpin is published on it."""
    filter_bridged(host, 0, 0)
    make(host, WEB, ["a", "b"])
    make(host, DB, ["c"])
    publish(host, WEB, 2, families=(family,))
    assert each(host, "hairpin") == {False}
    filter_bridged(host, family == 6, family == 4)
    assert not host.module("bridge", name="web")["changed"]
    filter_bridged(host, family == 4, family == 6)
    done = host.module("bridge", name="web")
    assert len([line for line in done["actions"] if line.startswith("set hairpin of veth")]) == 2
    assert each(host, "hairpin") == {True}
    assert each(host, "hairpin", "db") == {False}
    assert not host.module("bridge", name="web")["changed"]
    publish(host, WEB, 2, families=(family,), hairpin=False)
    assert each(host, "hairpin") == {False}
    publish(host, WEB, 2, families=(family,))
    publish(host, WEB, 2, families=(family,), state="absent")
    assert each(host, "hairpin") == {False}


def test_a_single_bridge_that_the_firewall_sees(host):
    filter_bridged(host, 0, 0)
    make(host, WEB, ["a"])
    publish(host, WEB, 2)
    host.run("ip link set web type bridge nf_call_iptables 1")
    host.module("bridge", name="web")
    assert each(host, "hairpin") == {True}


@pytest.mark.parametrize("wanted", [True, False])
def test_hairpin_that_was_asked_for_stays(host, wanted):
    make(host, WEB, ["a", "b"])
    host.module("veth_pair", hairpin=wanted, **pair("a"))
    publish(host, WEB, 2)
    done = host.module("veth_pair", **pair("a"))
    (asked, other) = ports(host).values()
    assert (asked["hairpin"], other["hairpin"]) == (wanted, True)
    assert not done["changed"]
    publish(host, WEB, 2, state="absent")
    (asked, other) = ports(host).values()
    assert (asked["hairpin"], other["hairpin"]) == (wanted, False)
    assert not host.module("veth_pair", hairpin=wanted, **pair("a"))["changed"]
    assert host.module("veth_pair", hairpin=not wanted, **pair("a"))["changed"]


def test_isolated_that_was_asked_for_stays(host):
    make(host, WEB, ["a", "b"], pair={"isolated": True})
    host.module("forwarding", bridge="web", icc=True)
    assert each(host, "isolated") == {True}
    host.module("veth_pair", isolated=False, **pair("a"))
    host.module("forwarding", bridge="web", icc=False)
    assert [values["isolated"] for values in ports(host).values()] == [False, True]


CHANGED = {
    "guard off": "set bpdu_guard of {veth}: no -> yes",
    "root_block off": "set root_block of {veth}: no -> yes",
    "hairpin on": "set hairpin of {veth}: yes -> no",
    "isolated on": "set isolated of {veth}: yes -> no",
    "mcast_router 2": "set multicast_router of {veth}: 2 -> 0",
}


@pytest.mark.parametrize("change", CHANGED)
def test_a_setting_that_somebody_changed_is_drift_and_is_repaired(host, change):
    host.module("network", **NETWORK)
    assert host.module("network_info")["drift"] == []
    veth = min(ports(host))
    before = ports(host)[veth]
    host.run(["bridge", "link", "set", "dev", veth, *change.split()])
    assert ports(host)[veth] != before
    line = CHANGED[change].format(veth=veth)
    assert host.module("network_info")["drift"] == [{"network": "web", "repair": [line]}]
    for check in (True, False):
        done = host.module("network", check=check, diff=True, **NETWORK)
        assert (done["changed"], done["actions"]) == (True, [line])
        assert done["diff"]["before"] != done["diff"]["after"]
    assert ports(host)[veth] == before
    assert not host.module("network", **NETWORK)["changed"]


def test_a_bridge_that_somebody_made_learn_is_drift_and_is_repaired(host):
    host.module("network", **NETWORK)
    host.run("ip link set web type bridge no_linklocal_learn 0")
    line = "set link_local_learning of web: yes -> no"
    assert host.module("network_info")["drift"] == [{"network": "web", "repair": [line]}]
    done = host.module("network", diff=True, **NETWORK)
    assert done["actions"] == [line]
    assert done["diff"]["before"] != done["diff"]["after"]
    assert host.run("ip -d -j link show web").json[0]["linkinfo"]["info_data"]["no_linklocal_learn"]


def test_a_port_that_another_module_looks_at_is_repaired_too(host):
    """Though it does not look into the namespace behind it."""
    make(host, WEB, ["a", "b"])
    veth = min(ports(host))
    host.run(["bridge", "link", "set", "dev", veth, "guard", "off"])
    done = host.module("forwarding", bridge="web")
    assert done["actions"] == ["set bpdu_guard of %s: no -> yes" % veth]
    assert each(host, "guard") == {True}
