# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Damages to interfaces and namespaces. Each chooses at random from what there is, by `draw`."""

from __future__ import annotations

import json

from damages import BRIDGES, OWNERS, damage


class Ports:
    """The host's ends of the containers' interfaces, from (namespace, interface inside)."""

    def __init__(self, host):
        told = host.module("network_info", gather=["namespaces"])["namespaces"]
        self.name_of = {
            (namespace["name"], item["name"]): (item["pair"], item["bridge"])
            for namespace in told
            for item in namespace["interfaces"]
            if "pair" in item
        }

    def any(self, draw):
        """Return namespace, interface inside, port, bridge and the owner of the container."""
        (netns, inside), (port, bridge) = draw(sorted(self.name_of.items()))
        return netns, inside, port, bridge, OWNERS[netns]


def _json(host, command):
    return json.loads(host.run(command).stdout or "[]")


def bridge_flag(host, draw):
    bridge = draw(sorted(BRIDGES))
    change = draw(["down", "mtu 1300", "type bridge no_linklocal_learn 0"])
    # The kernel takes IPv6 addresses away from an interface that is down.
    exactly = change != "down"
    told = "^set (up|mtu|link_local_learning) of " + bridge
    return damage("ip link set %s %s" % (bridge, change), BRIDGES[bridge], told, exactly)


def bridge_address(host, draw):
    bridge = draw(sorted(BRIDGES))
    (link,) = _json(host, "ip -j address show dev " + bridge)
    ours = [item for item in link["addr_info"] if item["scope"] == "global"]
    item = draw(ours)
    text = "%s/%d" % (item["local"], item["prefixlen"])
    return damage(
        "ip address delete %s dev %s" % (text, bridge), BRIDGES[bridge], "address %s to %s" % (text, bridge), False
    )


def bridge_gone(host, draw):
    bridge = draw(sorted(BRIDGES))
    # A container of another network is on this one, too.
    networks = {BRIDGES[bridge], *(["front"] if bridge == "br-back" else [])}
    return damage("ip link delete " + bridge, networks, "^create bridge " + bridge, False)


def bridge_ipv6(host, draw):
    bridge = draw(["br-back"])
    return damage("sysctl -qw net.ipv6.conf.%s.disable_ipv6=0" % bridge, BRIDGES[bridge], "ipv6")


def bridge_setting(host, draw):
    bridge, name = draw([("br-front", "forwarding"), ("br-side", "forwarding"), ("br-front", "route_localnet")])
    return damage(
        "sysctl -qw net.ipv4.conf.%s.%s=0" % (bridge, name),
        BRIDGES[bridge],
        "^set net.ipv4.conf.%s.%s = 1" % (bridge, name),
    )


def ip_forwarding(host, draw):
    family, key = draw([(4, "net.ipv4.ip_forward"), (6, "net.ipv6.conf.all.forwarding")])
    users = {4: {"front", "side"}, 6: {"front"}}[family]
    return damage("sysctl -qw %s=0" % key, users, "^set net.", True)


def port_flag(host, draw):
    _netns, _inside, port, bridge, owner = Ports(host).any(draw)
    flag = draw(
        ["isolated", "hairpin", "bpdu_guard", "root_block", "mcast_router", "up", "mtu", "txqueuelen", "nomaster"]
    )
    own = {"up": "down", "mtu": "mtu 1300", "nomaster": "nomaster", "txqueuelen": "txqueuelen 77"}
    if flag == "txqueuelen":
        port, owner = Ports(host).name_of["a", "eth0"][0], "front"
    if flag in own:
        command = "ip link set %s %s" % (port, own[flag])
    else:
        old = _json(host, "ip -d -j link show dev " + port)[0]["linkinfo"]["info_slave_data"]
        name = {"bpdu_guard": "guard", "mcast_router": "multicast_router"}.get(flag, flag)
        word = {"bpdu_guard": "guard"}.get(flag, flag)
        new = "2" if flag == "mcast_router" else "off" if old[name] else "on"
        command = "ip link set %s type bridge_slave %s %s" % (port, word, new)
    words = {"mcast_router": "multicast_router", "nomaster": "master", "txqueuelen": "queue_length"}
    return damage(
        command, {owner, BRIDGES[bridge]}, "^set %s of %s" % (words.get(flag, flag), port), flag != "nomaster"
    )


def inside_flag(host, draw):
    netns, inside, _port, _bridge, owner = Ports(host).any(draw)
    change, words = draw(
        [("down", "up"), ("mtu 1290", "mtu"), ("mtu 900", "mtu"), ("address 02:00:00:00:00:99", "mac")]
    )
    return damage(
        "ip -n %s link set %s %s" % (netns, inside, change),
        owner,
        "%s of %s in namespace %s" % (words, inside, netns),
        False,
    )


def inside_address(host, draw):
    netns, inside, _port, _bridge, owner = Ports(host).any(draw)
    (link,) = _json(host, "ip -n %s -j address show dev %s" % (netns, inside))
    item = draw([item for item in link["addr_info"] if item["scope"] == "global"])
    text = "%s/%d" % (item["local"], item["prefixlen"])
    return damage("ip -n %s address delete %s dev %s" % (netns, text, inside), owner, "add address " + text, False)


def inside_route(host, draw):
    netns = draw(sorted(set(OWNERS) - {"data"}))
    family = draw([4, 6] if OWNERS[netns] == "front" else [4])
    routes = _json(host, "ip -n %s -%d -j route show table all proto 77" % (netns, family)) or _json(
        host, "ip -n %s -%d -j route show table main" % (netns, family)
    )
    route = draw([item for item in routes if item.get("protocol") != "kernel" and item.get("gateway")])
    words = [route["dst"], "via", route["gateway"], "table", str(route.get("table", "main"))]
    words += ["metric", str(route["metric"])] if "metric" in route else []
    return damage("ip -n %s -%d route delete %s" % (netns, family, " ".join(words)), OWNERS[netns], "^add route ")


def inside_rule(host, draw):
    family = draw([4, 6])
    rules = _json(host, "ip -n b -%d -j rule show" % family)
    item = draw([item for item in rules if item["src"] != "all"])
    command = "ip -n b -%d rule delete from %s lookup %s" % (family, item["src"], item["table"])
    return damage(command, {"front", "back"}, "^add rule from " + item["src"])


def inside_ipv6(host, draw):
    return damage("ip netns exec data sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0", "back", "ipv6")


def inside_sysctl(host, draw):
    key = draw(["net.core.somaxconn", "net.ipv4.ip_default_ttl"])
    return damage("ip netns exec a sysctl -qw %s=55" % key, "front", "^set %s = .* in namespace a" % key)


def loopback(host, draw):
    netns = draw(sorted(OWNERS))
    return damage("ip -n %s link set lo down" % netns, OWNERS[netns], "^set up of lo in namespace " + netns)


def rate(host, draw):
    port = Ports(host).name_of["a", "eth0"][0]
    where = draw(["root", "ingress"])
    return damage("tc qdisc delete dev %s %s" % (port, where), "front", "^limit " + port)


def namespace_gone(host, draw):
    netns = draw(sorted(OWNERS))
    ports = [port for (name, _inside), (port, _bridge) in Ports(host).name_of.items() if name == netns]
    wait = " ".join("while ip link show %s; do sleep 0.02; done;" % port for port in ports)
    return damage("ip netns delete %s; %s" % (netns, wait), OWNERS[netns], "^create namespace " + netns, False)


def pair_gone(host, draw):
    netns, inside, port, bridge, owner = Ports(host).any(draw)
    return damage("ip link delete " + port, {owner, BRIDGES[bridge]}, "^create veth " + port, False)


KINDS = (
    *(bridge_flag, bridge_address, bridge_gone, bridge_ipv6, bridge_setting, ip_forwarding, port_flag),
    *(inside_flag, inside_address, inside_route, inside_rule, inside_ipv6, inside_sysctl, loopback, rate),
    *(namespace_gone, pair_gone),
)
