# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network at random, and the same declared by the card modules, one call for each kind."""

from __future__ import annotations

import ipaddress

from hypothesis import strategies as st

SUBNETS = [
    *("10.20.0.0/24", "10.21.0.0/30", "10.22.0.0/31", "10.23.0.4/32", "fd00:20::/64", "fd00:21::/127"),
    *("224.0.1.0/24", "127.9.0.0/24", "0.0.0.0/8", "240.1.0.0/24", "169.254.7.0/24", "ff05::/64", "fe80::/64"),
    *("10.20.0.128/25", "192.0.2.0/25", "::/120", "255.255.255.0/24"),
]
MACS = [None, None, None, "02:00:00:00:00:05", "02:42:0a:14:00:05", "01:00:5e:00:00:01"]
SOURCES = ["192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "198.51.100.7"]
PORTS = st.fixed_dictionaries(
    {"host_port": st.sampled_from(["8080", "8080", "8081", "8079-8081", "53"])},
    optional={
        "container_port": st.sampled_from(["80", "80-82", "81"]),
        "protocol": st.sampled_from(["tcp", "udp", "sctp"]),
        "host_ip": st.sampled_from(["192.0.2.1", "127.0.0.1", "::1", "2001:db8::1", "0.0.0.0", "::"]),
        "loopback": st.sampled_from(["route_localnet", "none"]),
        "hairpin": st.booleans(),
        "allowed_sources": st.lists(st.sampled_from(SOURCES), max_size=2),
    },
)


def _few(values, most=2):
    return st.lists(values, max_size=most)


@st.composite
def networks(draw):
    """Options of one network; every container declares its addresses, so that cards can do the same."""
    # Mostly a plain subnet, so that not all is refused for that.
    plain = st.sampled_from(SUBNETS[:1] + SUBNETS[4:5])
    subnets = draw(st.lists(st.one_of(plain, plain, st.sampled_from(SUBNETS)), min_size=1, max_size=2, unique=True))
    inside = [str(ip) for subnet in subnets for ip in _some_of(ipaddress.ip_network(subnet))]
    options = {"name": "web", "subnets": subnets}
    if draw(st.integers(0, 2)) == 0:
        options["gateways"] = draw(_few(st.sampled_from(inside), 3))
    if draw(st.integers(0, 2)) == 0:
        options["mtu"] = draw(st.sampled_from([68, 1279, 1280, 1500]))
    for name in ("internal", "direct_access", "masquerade"):
        if draw(st.integers(0, 4)) == 0:
            options[name] = draw(st.booleans())
    containers = []
    for name in draw(st.sampled_from([(), ("a",), ("a", "b"), ("a", "b")])):
        container = {"name": name, "addresses": draw(_few(st.sampled_from(inside)))}
        mac = draw(st.sampled_from(MACS))
        if mac:
            container["mac"] = mac
        if not options.get("internal"):
            container["ports"] = draw(_few(PORTS))
        containers.append(container)
    options["containers"] = containers
    return options


def _some_of(net):
    """The first, the last and some more addresses of a subnet."""
    count = net.num_addresses
    return [net[number] for number in (0, 1, 2, 5, 6, count - 2, count - 1) if 0 <= number < count]


def as_cards(options):
    """Return what a user of the card modules would call: pairs of class and options; None where that cannot be said.

    What only a network has, has no like: its addresses lie in its subnets, which do not overlap, a container has no
    address of the gateway, and is published by each family that it has.
    """
    subnets = [ipaddress.ip_network(item) for item in options["subnets"]]
    gateways = _gateways(options, subnets)
    calls = [("Netns", {"namespaces": [{"name": item["name"]} for item in options["containers"]]})]
    mtu = {"mtu": options["mtu"]} if "mtu" in options else {}
    bridge = {"addresses": ["%s/%d" % (ip, net.prefixlen) for net, ip in gateways], **mtu}
    calls.append(("Bridge", {"name": "br-web", **bridge}))
    calls.append(("Forwarding", {"bridge": "br-web", **_given(options, "internal", "direct_access")}))
    pairs, ports = [], []
    for item in options["containers"]:
        held = [(ip, next(net for net in subnets if ip in net)) for ip in map(ipaddress.ip_address, item["addresses"])]
        pair = {"netns": item["name"], "addresses": ["%s/%d" % (ip, net.prefixlen) for ip, net in held], **mtu}
        routes = {} if options.get("internal") else _default_routes(gateways, held)
        pairs.append({**pair, "gateways": list(routes.values()), **_given(item, "mac")})
        for port in item.get("ports", ()):
            ports += _ports(port, _targets(subnets, gateways, held))
    calls.append(("VethPair", {"bridge": "br-web", "pairs": pairs}))
    if options.get("masquerade", True) and not options.get("internal"):
        calls.append(("Masquerade", {"bridge": "br-web", "rules": [{"source": item} for item in options["subnets"]]}))
    calls.append(("PortPublish", {"bridge": "br-web", "ports": ports}))
    return [
        call
        for call in calls
        if all(value for key, value in call[1].items() if key in ("namespaces", "ports", "pairs"))
    ]


def refused_as_network(options):
    """Whether what only a network has is wrong."""
    subnets = [ipaddress.ip_network(item) for item in options["subnets"]]
    gateways = _gateways(options, subnets)
    overlap = any(one.version == two.version and one.overlaps(two) for one in subnets for two in subnets if one != two)
    taken = {str(ip) for _net, ip in gateways}
    clash = any(set(item["addresses"]) & taken for item in options["containers"])
    return overlap or clash or len({net for net, _ip in gateways}) < len(gateways) or _of_no_hosts(subnets, options)


def _of_no_hosts(subnets, options):
    """A subnet, unlike a rule or a bridge without addresses, is of no use if no host can have an address in it."""
    if any(item.version == 6 for item in subnets) and options.get("mtu", 1500) < 1280:
        return True
    never = ("0.0.0.0/32", "127.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32", "::/127", "ff00::/8")
    others = [ipaddress.ip_network(text) for text in never]
    return any(one.version == two.version and one.overlaps(two) for one in subnets for two in others)


def _gateways(options, subnets):
    if "gateways" in options:
        found = [(net, ipaddress.ip_address(ip)) for ip in options["gateways"] for net in subnets]
        return [(net, ip) for net, ip in found if ip in net]
    roomy = [net for net in subnets if net.num_addresses > 1]
    return [(net, net[1] if net.num_addresses > 2 else net[0]) for net in roomy]


def _default_routes(gateways, held):
    found = {}
    for net, ip in gateways:
        if any(other == net for _ip, other in held):
            found.setdefault(ip.version, str(ip))
    return found


def _targets(subnets, gateways, held):
    found = {}
    routed = [net for net in subnets if any(net == other for other, _ip in gateways)]
    for net in [*routed, *(net for net in subnets if net not in routed)]:
        for ip, other in held:
            if other == net:
                found.setdefault(ip.version, ip)
    return found


def _ports(port, targets):
    """A port for each family, with the sources of that family; what fits none is left for the module to refuse."""
    version = ipaddress.ip_address(port["host_ip"]).version if "host_ip" in port else None
    chosen = [family for family in targets if version in (None, family)] or list(targets)
    sources = {item: ipaddress.ip_network(item).version for item in port.get("allowed_sources", ())}
    lone = [item for item in sources if sources[item] not in chosen]
    found = []
    for family in chosen:
        own = [item for item in sources if sources[item] == family] + lone
        if not sources or own:
            found.append({**port, "container_ip": str(targets[family]), "allowed_sources": own})
    return found or [{key: value for key, value in port.items() if key != "container_ip"}]


def _given(options, *names):
    return {name: options[name] for name in names if name in options}
