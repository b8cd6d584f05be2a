# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declarations at random over all options of all modules, in every spelling that the modules accept."""

from __future__ import annotations

from hypothesis import strategies as st

LONG = "o" * 63
FOUR = [
    *("0.0.0.0/0", "10.9.0.0/16", "192.0.2.7", "192.0.2.7/32", "198.51.100.0/255.255.255.0", "::ffff:203.0.113.0/120"),
    *("224.0.0.0/4", "127.0.0.0/8", "169.254.169.254/32", "0.0.0.0/1", "255.255.255.255", "10.20.0.0/24"),
]
SIX = ["::/0", "2001:DB8::/32", "2001:db8:0:0::7", "fd00:20::/64", "::102:300/120", "fe80::/10", "ff00::/8", "::/1"]
ADDRESSES = {
    4: ["10.20.0.%d/24" % number for number in (2, 3, 77)] + ["::ffff:10.20.0.9/120", "10.20.0.11/255.255.255.0"],
    6: ["fd00:20::2/64", "FD00:20:0::00A/64", "fd00:20::ffff:1/64"],
}
HOST = {4: ["192.0.2.1", "0.0.0.0", "127.0.0.1", "::ffff:192.0.2.1"], 6: ["2001:DB8:1::1", "::"]}
MACS = ["02:00:0A:bc:DE:01", "52:54:00:12:34:56", "fe:ff:ff:ff:ff:fe"]
SYSCTLS = {
    "net.ipv4.ping_group_range": ["0 100", "0\t100", " 0   100 "],
    "net.ipv4.tcp_rmem": ["4096 131072 6291456", "4096\t131072\t6291456"],
    "net.ipv4.ip_default_ttl": [77, "77", " 77 "],
    "net.ipv4.tcp_ecn": [True, 0, "2"],
    "net/ipv4/ip_local_port_range": ["32768 60999", "1024\t65535"],
    "net.core.somaxconn": [4096, 100],
}
RATES = ["8kbit", "10mbit", "1.5Mbit", "1gbit", "12345678bit", "333kbit", "40gbit"]


def some(values, most=3):
    return st.lists(st.sampled_from(values), max_size=most, unique=True)


def options(required=None, **optional):
    return st.fixed_dictionaries(required or {}, optional=optional)


def sysctls():
    return st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in SYSCTLS.items()})


def of_family(build):
    return st.sampled_from([4, 6]).flatmap(build)


NETNS = options({"name": st.sampled_from(["a", LONG, "1.x_y-z"])}, sysctls=sysctls(), loopback=st.booleans())

BRIDGE = options(
    {"name": st.sampled_from(["web", "fifteen-letters", "a.b_c-1"])},
    addresses=st.tuples(
        some(["10.20.0.1/24", "10.21.0.1/255.255.0.0", "::ffff:10.22.0.1/120"], 2), some(["FD00:20::1/64"])
    ).map(lambda both: both[0] + both[1]),
    mtu=st.sampled_from([68, 1280, 1500, 9000, 65535]),
    mac=st.sampled_from(MACS),
    stp=st.booleans(),
    forward_delay=st.sampled_from([2, 15, 30]),
    ageing_time=st.sampled_from([0, 1, 300, 1000000]),
    vlan_filtering=st.booleans(),
    multicast_snooping=st.booleans(),
    members=some(["m0", "m1"], 2),
    up=st.booleans(),
)

ROUTES = st.lists(
    st.one_of(
        options(
            {"to": st.sampled_from(["10.9.0.0/16", "192.0.2.7", "::ffff:203.0.113.0/120", "128.0.0.0/1"])},
            via=st.sampled_from(["10.20.0.1", "::ffff:10.20.0.1"]),
            metric=st.sampled_from([0, 7, "1024", 2**32 - 1]),
        ),
        options(
            {"to": st.sampled_from(["2001:DB8::/32", "2001:db8::7", "::102:300/120"])},
            via=st.sampled_from(["FD00:20::1"]),
            metric=st.sampled_from([0, 7, 1024, 2**32 - 1]),
        ),
        options({"to": st.just("0.0.0.0/0"), "via": st.just("10.20.0.1"), "metric": st.sampled_from([50, 3000])}),
    ),
    max_size=3,
)

VETH_PAIR = options(
    {
        "netns": st.just("a"),
        "addresses": st.tuples(some(ADDRESSES[4], 2), some(ADDRESSES[6], 2)).map(lambda both: both[0] + both[1]),
    },
    bridge=st.just("web"),
    name=st.sampled_from(["vx0", "fifteen-letters"]),
    peer=st.sampled_from(["eth7", "net0", "fifteen-letter2"]),
    mac=st.sampled_from(MACS),
    mtu=st.sampled_from([1280, 1400, 9000, 65535]),
    queue_length=st.sampled_from([1, 1000, 5000]),
    gateways=some(["10.20.0.1", "FD00:20::1"], 2),
    routes=ROUTES,
    hairpin=st.booleans(),
    isolated=st.booleans(),
    sysctls=sysctls(),
    rate_to_container=st.sampled_from(RATES),
    rate_from_container=st.sampled_from(RATES),
    burst=st.sampled_from(["1500", "64k", "1m", "1.5k", "100000b"]),
    anti_spoof=st.booleans(),
)

FORWARDING = options(
    {"bridge": st.just("web")},
    isolate=st.booleans(),
    internal=st.booleans(),
    icc=st.booleans(),
    direct_access=st.booleans(),
    forward_policy=st.sampled_from(["keep", "drop"]),
    host_access=st.sampled_from(["all", "published", "none"]),
    deny_destinations=some(FOUR + SIX),
)


def masquerade(family):
    sources = {4: ["10.20.0.0/24", "10.20.0.7/32", "::ffff:10.20.0.0/120"], 6: ["FD00:20::/64", "::102:300/120"]}[
        family
    ]
    every = {4: "0.0.0.0/0", 6: "::/0"}[family]
    common = {
        "exclude": some({4: FOUR, 6: SIX}[family]),
        "to_source": st.sampled_from(HOST[family][:1]),
        "random_fully": st.booleans(),
    }
    return st.one_of(
        options({"source": st.sampled_from(sources)}, bridge=st.just("web"), out_interface=st.just("lan0"), **common),
        options({"source": st.sampled_from([every, *sources]), "out_interface": st.just("lan0")}, **common),
    )


def port(family, target=True):
    required = {"host_port": st.sampled_from(["8080", 80, "8000-8003", "8080-8080", "65535", "1-65535", "08081"])}
    if target:
        required["container_ip"] = st.sampled_from({4: ["10.20.0.2", "::ffff:10.20.0.9"], 6: ["FD00:20::A"]}[family])
    return options(
        required,
        container_port=st.sampled_from(["80", "90-93", "8000-8003", "80-80"]),
        protocol=st.sampled_from(["tcp", "udp", "sctp"]),
        host_ip=st.sampled_from(HOST[family]),
        loopback=st.sampled_from(["route_localnet", "none"]),
        hairpin=st.booleans(),
        allowed_sources=some({4: FOUR, 6: SIX}[family]),
        **({"bridge": st.just("web")} if target else {}),
    )


@st.composite
def networks(draw):
    found = draw(
        options(
            {"name": st.sampled_from(["web", "w" * 12])},
            bridge=st.sampled_from(["fifteen-letters"]),
            subnets=st.sampled_from(
                [
                    ["10.20.0.0/24"],
                    ["FD00:20::/64", "::ffff:10.20.0.0/120"],
                    ["10.20.0.0/30", "10.21.0.0/31", "fd00:20::/127"],
                ]
            ),
            gateways=st.sampled_from([[], ["10.20.0.2"], ["::ffff:10.20.0.1"]]),
            reserved=some(["10.20.0.4/30", "10.20.0.9", "fd00:20::/120"]),
            mtu=st.sampled_from([1280, 1500, 9000]),
            internal=st.booleans(),
            isolate=st.booleans(),
            icc=st.booleans(),
            direct_access=st.booleans(),
            masquerade=st.sampled_from([True, "no", "192.0.2.1", ["::ffff:192.0.2.1"]]),
            forward_policy=st.sampled_from(["keep", "drop"]),
            dns_servers=some(["192.0.2.53", "2001:DB8::53", "127.0.0.1"]),
            dns_search=some(["example.com", "corp.example."]),
            dns_options=some(["ndots:2", "rotate"]),
            anti_spoof=st.booleans(),
            host_access=st.sampled_from(["all", "published", "none"]),
            deny_destinations=some(FOUR + SIX),
            purge=st.booleans(),
        )
    )
    found.setdefault("subnets", ["10.20.0.0/24", "fd00:20::/64"])
    if found.get("internal"):
        found.pop("masquerade", None)
    port_numbers = iter(draw(st.permutations(["8080", "8081-8083", "53/udp", "192.0.2.1:90:91", "8084:80"])))
    containers = []
    for name in draw(some(["a", "b-1.x", LONG], 2)):
        item = draw(
            options(
                {"name": st.just(name)},
                sysctls=sysctls(),
                hosts=some(["db", "x.example"], 1),
                peer=st.sampled_from(["eth7", "fifteen-letter2"]),
                gateways=st.just([]),
                routes=st.sampled_from([[], [{"to": "192.0.2.7"}, {"to": "::ffff:203.0.113.0/120", "metric": "7"}]]),
                rate_to_container=st.sampled_from(["0", *RATES]),
                rate_from_container=st.sampled_from(RATES),
                queue_length=st.sampled_from([1, 5000]),
                allowed_addresses=some(["198.51.100.7", "2001:db8:9::/64"]),
            )
        )
        if found.get("anti_spoof") is False:
            item.pop("allowed_addresses", None)
        if containers:
            item.pop("hosts", None)
        elif draw(st.booleans()):
            item["mac"] = draw(st.sampled_from(MACS))
        if not found.get("internal") and draw(st.booleans()):
            item["ports"] = [next(port_numbers)]
            extra = draw(port(4, target=False))
            if draw(st.booleans()):
                item["ports"].append({**extra, "host_port": "7000", "container_port": "80"})
        containers.append(item)
    if containers or draw(st.booleans()):
        found["containers"] = containers
    return found


def owned(declared):
    return st.tuples(declared, st.sampled_from([{}, {"owner": "team-1"}, {"owner": LONG}])).map(
        lambda both: {**both[0], **both[1]}
    )


MODULES = {
    "netns": owned(NETNS),
    "bridge": owned(BRIDGE),
    "veth_pair": owned(VETH_PAIR),
    "forwarding": owned(FORWARDING),
    "masquerade": owned(of_family(masquerade)),
    "port_publish": owned(of_family(port)),
    "network": networks(),
}
