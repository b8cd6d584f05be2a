# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random declarations of networks, for laws that hold for all of them."""

from __future__ import annotations

from hypothesis import strategies as st

SUBNETS = {
    "web": (["10.20.0.0/24"], ["10.20.0.0/24", "fd00:20::/64"], ["10.21.0.0/26"]),
    "db": (["10.30.0.0/24"], ["fd00:30::/64"]),
}
FIRST = {
    "10.20.0.0/24": "10.20.0.",
    "10.21.0.0/26": "10.21.0.",
    "fd00:20::/64": "fd00:20::",
    "10.30.0.0/24": "10.30.0.",
    "fd00:30::/64": "fd00:30::",
}
NUMBERS = {"a": 5, "b": 6, "c": 7}
DENIED = ("0.0.0.0/0", "::/0", "10.30.0.0/24", "169.254.169.254/32", "fd00:30::2/128", "198.51.100.0/24")
PORTS = ("8001:80", "8002:80", "192.0.2.1:8003:80", "8100-8102:90-92/udp", "8200-8205:8200-8205")


# Where routes of containers lead, by way of whom, by family.
BEYOND = {4: "198.51.100.0/24", 6: "2001:db8:9::/48"}
FIXED = {4: "192.0.2.1", 6: "2001:db8:1::1"}


def _address(subnet, number):
    return FIRST[subnet] + str(number)


def _family(subnet):
    return 6 if ":" in subnet else 4


def _seldom(draw):
    return draw(st.integers(0, 4)) == 0


@st.composite
def interfaces(draw, subnets):
    """What a container's interface on a network is told beside its addresses."""
    found = {}
    if _seldom(draw):
        found["peer"] = draw(st.sampled_from(["eth0", "a0"]))
    if _seldom(draw):
        found["gateways"] = draw(st.sampled_from([[], [_address(subnets[0], 9)]]))
    if _seldom(draw):
        found["routes"] = [{"to": BEYOND[_family(item)], "via": _address(item, 8), "metric": 7} for item in subnets]
    if _seldom(draw):
        found[draw(st.sampled_from(["rate_to_container", "rate_from_container"]))] = draw(
            st.sampled_from(["1mbit", "80mbit"])
        )
        found["burst"] = "64k"
    return found


@st.composite
def further_names(draw):
    """What a network writes into the resolv.conf of its containers."""
    found = {}
    if _seldom(draw):
        found["dns_servers"] = draw(st.lists(st.sampled_from(["192.0.2.53", "2001:db8::53"]), max_size=2, unique=True))
    if _seldom(draw):
        found["dns_search"] = draw(st.sampled_from([[], ["example.com", "corp.example"]]))
    if _seldom(draw):
        found["dns_options"] = ["ndots:2"]
    return found


@st.composite
def containers(draw, names, subnets, fixed, internal, further):
    found, free = [], list(PORTS)
    for name in draw(st.lists(st.sampled_from(names), unique=True, max_size=len(names))):
        item = {"name": name}
        if fixed or draw(st.booleans()):
            item["addresses"] = [_address(subnet, NUMBERS[name]) for subnet in subnets]
        if not internal and free and draw(st.booleans()):
            item["ports"] = [free.pop(draw(st.integers(0, len(free) - 1)))]
        item.update(draw(interfaces(subnets)))
        if further and draw(st.booleans()):
            item["networks"] = [
                draw(st.sampled_from([further, {"name": further, "peer": "back0", "rate_to_container": "8mbit"}]))
            ]
        if draw(st.integers(0, 3)) == 0:
            item["hosts"] = [name + ".example"]
        found.append(item)
    return found


@st.composite
def network(draw, name, fixed, further=None, dns=False):
    internal = draw(st.integers(0, 3)) == 0
    subnets = draw(st.sampled_from(SUBNETS[name]))
    names = ("a", "b") if name == "web" else ("c",)
    options = {
        "name": name,
        "subnets": subnets,
        "internal": internal,
        "isolate": draw(st.booleans()),
        "icc": draw(st.booleans()),
        "masquerade": draw(st.booleans()),
        "mtu": draw(st.sampled_from([1400, 1500])),
        "containers": draw(containers(names, subnets, fixed, internal, further)),
    }
    if not internal and _seldom(draw):
        families = {_family(item) for item in subnets}
        options["masquerade"] = [FIXED[family] for family in draw(st.permutations(sorted(families)))]
    options.update(draw(further_names()))
    if dns and not (internal and options.get("dns_servers")) and draw(st.booleans()):
        options["dns"] = True
    if not internal and draw(st.integers(0, 3)) == 0:
        options["direct_access"] = True
    if draw(st.integers(0, 2)) == 0:
        options["host_access"] = draw(st.sampled_from(["all", "published", *([] if options.get("dns") else ["none"])]))
    if draw(st.integers(0, 2)) == 0:
        options["deny_destinations"] = draw(st.lists(st.sampled_from(DENIED), min_size=1, max_size=3))
    return options


@st.composite
def calls(draw, fixed=False, dns=False):
    """Options of one call of the module network: one or both networks, present or absent; `dns` needs systemd."""
    kind = draw(st.sampled_from(["web", "db", "both", "both", "no web", "no db"]))
    if kind.startswith("no "):
        return {"name": kind[3:], "state": "absent"}
    if kind == "both":
        db = draw(network("db", fixed, dns=dns))
        further = "db" if not fixed or db["subnets"] else None
        web = draw(network("web", fixed, None if fixed else further, dns))
        return {"networks": [web, db]}
    return draw(network(kind, fixed, dns=dns))
