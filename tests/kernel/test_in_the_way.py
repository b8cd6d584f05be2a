# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What root in a container puts in the way of what is declared there goes, and fails no run."""

from __future__ import annotations

import ipaddress

import pytest
from below import namespace_below

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import requirements
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import addresses
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Session

NETWORK = {
    "name": "web",
    "subnets": ["10.20.0.0/24", "fd00:20::/64"],
    "containers": [
        {"name": "a", "addresses": ["10.20.0.2", "fd00:20::2"], "networks": ["db"]},
        {"name": "b", "addresses": ["10.20.0.3", "fd00:20::3"]},
    ],
}
DB = {"name": "db", "subnets": ["10.30.0.0/24", "fd00:30::/64"], "containers": []}
BOTH = {"networks": [NETWORK, DB]}
LATER = {"name": "c", "addresses": ["10.20.0.4", "fd00:20::4"]}

# Lines that root in the container gives to a shell.
DEEDS = {
    "an own eth0": "ip link del eth0; ip link add eth0 type bridge; ip link set eth0 up",
    "an own eth0 that calls itself ours": "ip link del eth0; ip link add eth0 type veth peer name x; "
    "ip link set eth0 alias hostnet; ip link set x alias hostnet",
    "an own eth0 in our device group": "ip link del eth0; ip link add eth0 group 26734 type ifb; "
    "ip link set eth0 alias hostnet",
    "another name eth0": "ip link del eth0; ip link add x type bridge; ip link property add dev x altname eth0",
    "another name eth0 of eth1": "ip link del eth0; ip link property add dev eth1 altname eth0",
    "eth0 renamed": "ip link set eth0 down; ip link set eth0 name x; ip link set x up",
    "both renamed": "ip link set eth0 down; ip link set eth0 name x; ip link set eth1 down; "
    "ip link set eth1 name eth0; ip link set x name eth1; ip link set eth0 up; ip link set eth1 up",
    "eth0 renamed and replaced": "ip link set eth0 down; ip link set eth0 name x; ip link add eth0 type bridge; "
    "ip addr add 10.20.0.2/24 dev eth0; ip link set eth0 up; ip link set x up",
    "eth0 in a namespace below": "ip link set eth0 netns {below}",
    "lo renamed": "ip link set lo down; ip link set lo name x",
    "lo renamed and up": "ip link set lo down; ip link set lo name x; ip link set x up",
    "lo renamed to eth0": "ip link del eth0; ip link set lo down; ip link set lo name eth0",
    "another lo": "ip link set lo down; ip link set lo name x; ip link add lo type bridge; ip link set lo up",
    "lo down": "ip link set lo down",
    "lo flushed": "ip addr flush dev lo",
    "lo flushed and with others": "ip addr flush dev lo; ip addr add 10.9.9.9/32 dev lo; ip link set lo down",
    "lo without a mark": "ip link set lo alias ''",
    "eth0 without a mark": "ip link set eth0 alias other",
    "eth0 flushed": "ip addr flush dev eth0",
    "routes flushed": "ip route flush table main; ip -6 route flush table main; ip route flush table 2001",
    "local routes flushed": "ip route flush table local; ip -6 route flush table local",
    "an address without a mark": "ip addr del 10.20.0.2/24 dev eth0; ip addr add 10.20.0.2/24 dev eth0",
    "an address with another length": "ip addr del fd00:20::2/64 dev eth0; ip addr add fd00:20::2/128 dev eth0",
    "a sibling's address": "ip addr add 10.20.0.3/24 dev eth0; ip addr add fd00:20::3/64 dev eth0",
    "the address of one that is to come": "ip addr add 10.20.0.4/24 dev eth0; ip addr add fd00:20::4/64 dev eth0",
    "a sibling's address elsewhere": "ip link add x type bridge; ip addr add 10.20.0.3/24 dev x; ip link set x up",
    "own address elsewhere": "ip link add x type bridge; "
    "ip addr add 10.20.0.2/24 dev x; ip addr add fd00:20::2/64 dev lo",
    "own address on eth1": "ip addr add 10.20.0.2/24 dev eth1; ip addr add fd00:20::2/64 dev eth1",
    "the address of the gateway": "ip addr add 10.20.0.1/24 dev lo; ip addr add fd00:20::1/128 dev eth0; "
    "ip route del default; ip -6 route flush default",
    "eth0 in the group of what is to be deleted": "ip link set eth0 group 26735",
    "a default route": "ip route del default; ip route add default via 10.20.0.9",
    "a better default route": "ip -6 route add default via fd00:20::9 metric 1 proto kernel; "
    "ip route add default via 10.20.0.9 tos 0x10 proto 104",
    "a default route with our mark": "ip link add x type bridge; ip link set x up; "
    "ip route add default dev x metric 5 proto 104; ip -6 route add default dev x metric 5 proto 104",
    "a default route that leads nowhere": "ip route del default; ip route add blackhole default; "
    "ip -6 route add unreachable default metric 1",
    "several next hops": "ip route del default; "
    "ip route add default proto 104 nexthop via 10.20.0.8 nexthop via 10.20.0.9",
    "all is local": "ip route add local default dev lo table local",
    "other rules of our number": "ip rule add from 10.20.0.2 lookup 100 priority 20000",
    "our rule of another number": "ip rule del priority 20000; ip rule del priority 20000; "
    "ip rule add from 10.20.0.2 lookup 2001 priority 5 protocol 104",
    "our rule without a mark": "ip rule del priority 20000; ip rule del priority 20000; "
    "ip rule add from 10.20.0.2 lookup 2000 priority 20000; ip rule add from 10.30.0.2 lookup 2001 priority 20000",
    "our rule for some": "ip rule del from 10.20.0.2 priority 20000; "
    "ip rule add from 10.20.0.2 iif eth0 lookup 2000 priority 20000 protocol 104",
    "other routes in our tables": "ip route flush table 2000; ip route add blackhole default table 2000",
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_is_in_the_way_goes(host, deed):
    host.module("network", **BOTH)
    inside = host.container("a")
    inside.run(["sh", "-ec", DEEDS[deed].format(below=namespace_below(inside))])
    whole = {"networks": [{**NETWORK, "containers": [*NETWORK["containers"], LATER]}, DB]}
    foretold = host.module("network", check=True, diff=True, **whole)
    done = host.module("network", diff=True, **whole)
    assert foretold["actions"] == done["actions"]
    assert any("namespace a" in line or "veth" in line for line in done["actions"])
    assert host.module("network", **whole)["actions"] == []
    assert host.module("network_info")["drift"] == []
    for name in ("b", "c"):
        host.container(name).serve_tcp(80, reply=name)
    assert inside.get("http://10.20.0.3").client == "10.20.0.2"
    assert inside.get("http://[fd00:20::4]").client == "fd00:20::2"
    assert inside.run("ip route get 203.0.113.1").stdout.split()[:3] == ["203.0.113.1", "via", "10.20.0.1"]
    inside.serve_tcp(81)
    inside.get("http://127.0.0.1:81")
    inside.get("http://[::1]:81")


@pytest.mark.parametrize("table", ["main", "local"])
def test_routes_are_restored_beside_addresses_of_others(host, table):
    """Of the addresses of a subnet the first is the one that the kernel makes routes for."""
    host.module("network", **BOTH)
    inside = host.container("a")
    inside.run("ip address flush dev eth0")
    inside.run("ip address add 10.20.0.99/24 dev eth0")
    host.module("network", **BOTH)
    assert "10.20.0.99/24" in inside.addresses()
    for family in ("-4", "-6"):
        inside.run("ip %s route flush table %s" % (family, table))
    foretold = host.module("network", check=True, **BOTH)["actions"]
    assert host.module("network", **BOTH)["actions"] == foretold
    assert host.module("network", **BOTH)["actions"] == []
    host.container("b").serve_tcp(80, reply="b")
    assert inside.get("http://10.20.0.3").client == "10.20.0.2"


def test_addresses_of_siblings_that_bear_our_mark_go(host):
    host.module("network", **BOTH)
    inside = host.container("a")
    for text in ("10.20.0.3/24", "10.20.0.4/24", "fd00:20::4/64"):
        inside.python(_with_our_mark, text)
    whole = {"networks": [{**NETWORK, "containers": [*NETWORK["containers"], LATER]}, DB]}
    host.module("network", **whole)
    assert host.module("network", **whole)["actions"] == []
    assert inside.addresses() == ["10.20.0.2/24", "fd00:20::2/64"]


def test_addresses_do_not_depend_on_what_containers_claim(host):
    """A container that has all addresses of a subnet leaves none to be chosen, if it is asked."""
    host.module("bridge", name="br-web", addresses=["10.20.0.1/29"])
    host.module("netns", name="claiming")
    host.module("veth_pair", netns="claiming", bridge="br-web", addresses=["10.20.0.6/29"])
    for last in (2, 3, 4, 5):
        host.container("claiming").python(_with_our_mark, "10.20.0.%d/29" % last)
    host.module("network", name="web", subnets=["10.20.0.0/29"], containers=[{"name": "a"}])
    assert host.container("a").addresses() == ["10.20.0.2/29"]


def _with_our_mark(text):
    requirements.load_pyroute2()
    session = Session()
    addresses.add(session, "eth0", ipaddress.ip_interface(text))
    session.close()


IN_ATTACHED = {
    "ip link add eth0 type bridge": "an interface eth0 that was not made by this collection",
    "ip link add x type bridge; ip link set x up; ip route add default dev x": "route default",
}


@pytest.mark.parametrize(("words", "told"), IN_ATTACHED.items())
def test_in_a_namespace_of_others_it_is_an_error_that_names_it_and_stays(host, words, told):
    host.run("ip netns add theirs")
    host.container("theirs").run(["sh", "-c", words])
    seen = "ip -o link; ip -o address; ip route; ip -6 route"
    theirs = host.container("theirs").run(["sh", "-c", seen]).stdout.replace(" tentative", "")
    host.module("bridge", name="web", addresses=["10.20.0.1/24"])
    host.module("netns", namespaces=[{"name": "a"}, {"name": "t", "path": "/run/netns/theirs", "loopback": False}])
    host.remember()
    pair = {"bridge": "web", "gateways": ["10.20.0.1"]}
    pairs = [{"netns": "a", "addresses": ["10.20.0.2/24"]}, {"netns": "t", "addresses": ["10.20.0.9/24"]}]
    message = host.module_fails("veth_pair", pairs=[{**pair, **one} for one in pairs])
    assert told in message
    assert "namespace t" in message
    assert host.leaks() == []
    assert host.container("theirs").run(["sh", "-c", seen]).stdout.replace(" tentative", "") == theirs
    host.module("veth_pair", **pair, **pairs[0])
