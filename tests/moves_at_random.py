# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random pairs of declarations of networks that want the same names, subnets, ports and addresses for each other."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = ("web", "db", "lab")
BRIDGES = ("br-one", "br-two", None, None)
SUBNETS = ("10.20.0.0/24", "10.30.0.0/24", "fd00:20::/64", "fd00:30::/64")
NAMESPACES = ("a", "b", "c", "d")
MACS = ("02:00:00:00:01:01", "02:00:00:00:01:02", "02:00:00:00:01:03")
PORTS = ("8001:80", "8002:80", "8100-8102:90-92/udp", "192.0.2.1:8003:80")
PEERS = ("eth0", "eth1", "lan0")


def _deal(draw, things, hands):
    """Give each thing to one of the hands, or to none."""
    dealt = [[] for _hand in range(hands)]
    for thing in draw(st.permutations(things)):
        where = draw(st.integers(0, hands))
        if where < hands:
            dealt[where].append(thing)
    return dealt


def _address(subnet, number):
    return "%s%d" % (subnet.split("/")[0].removesuffix("0"), number)


@st.composite
def networks(draw):
    """What networks there are: a list of options, every address settled, so that nothing depends on what was there."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=3))
    count = len(names)
    bridges = draw(st.permutations(BRIDGES))
    subnets = [sorted(found) for found in _deal(draw, SUBNETS, count)]
    spaces, ports, macs = (_deal(draw, things, count) for things in (NAMESPACES, PORTS, MACS))
    found = []
    for position, name in enumerate(names):
        if not subnets[position]:
            continue
        network = {"name": name, "subnets": subnets[position], "icc": draw(st.booleans()), "mtu": 1500}
        if bridges[position]:
            network["bridge"] = bridges[position]
        if draw(st.integers(0, 3)) == 0:
            network["masquerade"] = False
        network["containers"] = _containers(draw, subnets[position], spaces[position], ports[position], macs[position])
        found.append(network)
    _attach(draw, found)
    return found


def _containers(draw, subnets, spaces, ports, macs):
    found = []
    numbers = draw(st.permutations(range(2, 8)))
    for space in spaces:
        number = numbers[len(found)]
        item = {"name": draw(st.sampled_from(["app", "api"])) + space, "netns": space, "addresses": []}
        item["addresses"] = [_address(subnet, number) for subnet in subnets]
        if macs and draw(st.booleans()):
            item["mac"] = macs.pop()
        if ports and draw(st.booleans()):
            item["ports"] = [ports.pop()] if "192.0.2" not in ports[-1] or "." in subnets[0] else []
        if draw(st.integers(0, 3)) == 0:
            item["peer"] = draw(st.sampled_from(PEERS[:1] + PEERS[2:]))
        found.append(item)
    return found


def _attach(draw, found):
    """Some containers are on a further network, too."""
    used = {}
    for network in found:
        for item in network["containers"]:
            others = [other for other in found if other is not network]
            if others and draw(st.integers(0, 2)) == 0:
                other = draw(st.sampled_from(others))
                used[other["name"]] = number = used.get(other["name"], 10) + 1
                attachment = {"name": other["name"], "addresses": [_address(one, number) for one in other["subnets"]]}
                item["networks"] = [attachment]


def one_call(wanted, former=()):
    """The options of a call that makes these networks, and removes those of the former that are not among them."""
    names = {item["name"] for item in wanted}
    gone = [{"name": item["name"], "state": "absent"} for item in former if item["name"] not in names]
    return {"networks": [*wanted, *gone]}


@st.composite
def pairs(draw):
    """The list of a call of the module veth_pair, on two bridges: names of both ends, and what they have, at random."""
    places = [(space, peer) for space in NAMESPACES[:2] for peer in PEERS]
    chosen = draw(st.lists(st.sampled_from(places), unique=True, min_size=1, max_size=5))
    names = draw(st.permutations(["v1", "v2", "v3", None, None]))
    numbers = draw(st.permutations(range(2, 7)))
    macs = draw(st.permutations([*MACS, None, None]))
    found = []
    for position, (space, peer) in enumerate(chosen):
        bridge, subnet = draw(st.sampled_from([("one", "10.20.0.0/24"), ("two", "10.30.0.0/24")]))
        address = "%s/24" % _address(subnet, numbers[position])
        item = {"netns": space, "peer": peer, "bridge": bridge, "addresses": [address]}
        item.update(name=names[position], mac=macs[position])
        found.append({key: value for key, value in item.items() if value is not None})
    return found


@st.composite
def ports(draw):
    """The list of a call of the module port_publish."""
    numbers = draw(st.permutations([8001, 8002, "8003-8004", "8004-8006", "8006"]))
    count = draw(st.integers(1, 3))
    chosen = [item for item in numbers[:count] if not _overlaps(item, numbers[:count])]
    return [
        {"host_port": str(item), "container_ip": draw(st.sampled_from(["10.20.0.2", "10.20.0.3"]))} for item in chosen
    ]


def _overlaps(item, others):
    """Whether an earlier one has a port of it, too."""
    earlier = others[: others.index(item)]
    return any({*str(item).split("-")} & {*str(other).split("-")} for other in earlier)
