# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a network and its containers can be told: links, routes, limits, the way out, name servers, the MTU."""

from __future__ import annotations

import json

import pytest
from networks import FAMILIES, HOST_OF, INTERNET_OF

SUBNETS = {4: "10.20.0.0/24", 6: "fd00:20::/64"}


def web(*containers, **options):
    return {"name": "web", "subnets": [*SUBNETS.values()], "containers": list(containers), **options}


def settle(host, **options):
    """Declare a network; check mode foretells it, drift tells it afterwards, and a second run finds nothing to do."""
    foretold = host.module("network", check=True, diff=True, **options)
    done = host.module("network", diff=True, **options)
    assert (foretold["actions"], foretold["diff"], foretold["remade"]) == (
        done["actions"],
        done["diff"],
        done["remade"],
    )
    again = host.module("network", **options)
    assert (again["changed"], again["actions"], again["remade"]) == (False, [], [])
    assert host.module("network_info")["drift"] == []
    return done


def inside(host, name, *argv):
    return host.run(["ip", "-n", name, "-json", *argv]).stdout


def routes(host, name, family=4):
    """Where packets go: destinations, with the next hop of the route that counts."""
    found = json.loads(inside(host, name, "-%d" % family, "route") or "[]")
    best = {}
    for item in sorted(found, key=lambda item: item.get("metric", 0)):
        if item.get("protocol") != "kernel":
            best.setdefault(item["dst"], item.get("gateway", item["dev"]))
    return sorted(best.items())


def test_an_interface_has_its_name_its_routes_and_its_gateways(host):
    options = web(
        {
            "name": "a",
            "peer": "net0",
            "routes": [{"to": "198.51.100.0/24", "via": "10.20.0.9"}, {"to": "2001:db8:9::/48", "via": "fd00:20::9"}],
            "networks": [{"name": "db", "peer": "back1", "routes": [{"to": "192.0.2.0/24", "via": "10.30.0.9"}]}],
        },
        {"name": "b", "gateways": ["10.20.0.9"]},
        {"name": "c", "gateways": []},
    )
    both = {"networks": [options, {"name": "db", "subnets": ["10.30.0.0/24"]}]}
    settle(host, **both)
    names = [item["ifname"] for item in json.loads(inside(host, "a", "link"))]
    assert sorted(names) == ["back1", "lo", "net0"]
    assert routes(host, "a") == [
        ("192.0.2.0/24", "10.30.0.9"),
        ("198.51.100.0/24", "10.20.0.9"),
        ("default", "10.20.0.1"),
    ]
    assert ("2001:db8:9::/48", "fd00:20::9") in routes(host, "a", 6)
    assert routes(host, "b") == [("default", "10.20.0.9")]
    assert routes(host, "b", 6) == []
    assert routes(host, "c") + routes(host, "c", 6) == []
    host.run("ip -n a route del 198.51.100.0/24")
    (drift,) = host.module("network_info")["drift"]
    assert "198.51.100.0/24" in str(drift)
    del options["containers"][0]["routes"], options["containers"][0]["peer"], options["containers"][1]["gateways"]
    settle(host, **both)
    assert [item["ifname"] for item in json.loads(inside(host, "a", "link"))].count("eth0") == 1
    assert routes(host, "a") == [("192.0.2.0/24", "10.30.0.9"), ("default", "10.20.0.1")]
    assert routes(host, "b") == [("default", "10.20.0.1")]
    options["containers"][0]["networks"][0]["peer"] = "back0"
    settle(host, **both)
    assert routes(host, "a")[-1] == ("default", "10.20.0.1")


def test_an_interface_that_gets_another_name_replaces_the_former_also_without_purge(host):
    settle(host, **web({"name": "a"}))
    settle(host, **web({"name": "a", "peer": "net0"}, purge=False))
    assert sorted(item["ifname"] for item in json.loads(inside(host, "a", "link"))) == ["lo", "net0"]
    host.module("network", name="web", state="absent")
    assert host.leaks() == []


def limits(host):
    (space,) = host.module("network_info")["namespaces"]
    (interface,) = (item for item in space["interfaces"] if item["name"] == "eth0")
    return {key: interface[key] for key in ("rate_to_container", "rate_from_container", "burst") if key in interface}


def test_a_limit_comes_changes_and_goes_with_its_declaration(host):
    settle(host, **web({"name": "a", "rate_from_container": "10mbit", "burst": "64k", "queue_length": 77}))
    assert limits(host) == {"rate_from_container": 10**7, "burst": 65536}
    assert json.loads(inside(host, "a", "link", "show", "eth0"))[0]["txqlen"] == 77
    settle(host, **web({"name": "a", "rate_to_container": "5mbit"}))
    assert limits(host) == {"rate_to_container": 5 * 10**6}
    done = settle(host, **web({"name": "a"}))
    assert limits(host) == {}
    assert len(done["actions"]) == 2, done["actions"]


def test_a_veth_pair_loses_a_limit_that_is_declared_as_0(host):
    host.module("bridge", name="web")
    host.module("netns", name="a")
    pair = {"netns": "a", "bridge": "web"}
    host.module("veth_pair", **pair, rate_to_container="10mbit", rate_from_container="5mbit")
    assert not host.module("veth_pair", **pair)["changed"]
    assert host.module("veth_pair", **pair, rate_to_container=0)["changed"]
    assert limits(host) == {"rate_from_container": 5 * 10**6}
    assert host.module("veth_pair", **pair, rate_from_container="0", burst=0)["changed"]
    assert not host.module("veth_pair", **pair, rate_from_container="0")["changed"]
    assert limits(host) == {}


@pytest.mark.parametrize("family", FAMILIES)
def test_containers_are_seen_under_a_fixed_address(lab, family):
    fixed = {4: "192.0.2.77", 6: "2001:db8:1::77"}
    for version, address in fixed.items():
        length, further = (24, "") if version == 4 else (64, "nodad preferred_lft 0")
        lab.host.run("ip address add %s/%d dev lan0 %s" % (address, length, further))
    lab.internet.serve_tcp(80)

    def seen():
        return lab.host.container("a").get("http://%s:80" % bracketed(INTERNET_OF[family])).client

    settle(lab.host, **web({"name": "a"}, masquerade=list(fixed.values())))
    assert seen() == fixed[family]
    settle(lab.host, **web({"name": "a"}, masquerade=fixed[family]))
    assert seen() == fixed[family]
    other = 10 - family
    rules = {item["source"]: item.get("to_source") for item in lab.host.module("network_info")["rules"]}
    assert rules == {SUBNETS[family]: fixed[family], SUBNETS[other]: None}
    settle(lab.host, **web({"name": "a"}, masquerade=True))
    assert seen() == HOST_OF[family]


def bracketed(address):
    return "[%s]" % address if ":" in address else address


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"masquerade": "maybe"}, "masquerade: 'maybe' is not an IP address"),
        ({"masquerade": ["192.0.2.1", "192.0.2.2"]}, "masquerade: there is more than one IPv4 address"),
        ({"masquerade": "224.0.0.1"}, "masquerade: 224.0.0.1 is not an address of the host"),
        ({"masquerade": "192.0.2.1", "internal": True}, "masquerade: contradicts internal"),
        ({"masquerade": "192.0.2.1", "subnets": [SUBNETS[6]]}, "masquerade: 192.0.2.1 is IPv4, and the network has no"),
        ({"forward_policy": "accept"}, "value of forward_policy must be one of: keep, drop, got: accept"),
        ({"dns_servers": ["0.0.0.0"]}, "dns_servers: 0.0.0.0 is not the address of a server"),
        ({"dns_servers": ["10.0.0.%d" % last for last in range(4)]}, "dns_servers: there are 4; give at most 3"),
        ({"dns_search": ["a b"]}, "dns_search: 'a b' is not a host name"),
        ({"dns_options": ["ndots:2\nnameserver 1"]}, "dns_options: "),
        ({"dns": True, "internal": True, "dns_servers": ["192.0.2.53"]}, "dns_servers: contradicts internal"),
        ({"containers": [{"name": "a", "peer": "eth0/1"}]}, "containers[0].peer: "),
        ({"containers": [{"name": "a", "peer": "lo"}]}, "containers[0].peer: "),
        (
            {"containers": [{"name": "a", "peer": "eth1", "networks": ["db"]}]},
            "containers[0].networks[0].peer: eth1 comes twice",
        ),
        (
            {"containers": [{"name": "a", "peer": "net0", "networks": [{"name": "db", "peer": "back0"}]}]},
            "containers[0].networks[0].peer: back0 comes before net0",
        ),
        (
            {"containers": [{"name": "a", "rate_to_container": "fast"}]},
            "containers[0].rate_to_container: 'fast' is not",
        ),
        ({"containers": [{"name": "a", "burst": "64k"}]}, "containers[0].burst: needs rate_to_container"),
        ({"containers": [{"name": "a", "gateways": ["10.9.0.1"]}]}, "containers[0].gateways: 10.9.0.1 is in none of"),
        ({"containers": [{"name": "a", "routes": [{"via": "10.20.0.9"}]}]}, "missing required arguments: to found in"),
        ({"containers": [{"name": "a", "routes": [{"to": "x"}]}]}, "containers[0].routes[0].to: 'x' is not"),
        (
            {"containers": [{"name": "a", "routes": [{"to": "192.0.2.0/24", "via": "10.9.0.1"}]}]},
            "containers[0].routes[0].via: 10.9.0.1 is in none of",
        ),
        (
            {"containers": [{"name": "a", "networks": [{"name": "db", "routes": [{"to": "10.0.0.0/8", "x": 1}]}]}]},
            "containers[0].networks[0]",
        ),
        (
            {"containers": [{"name": "a", "networks": [{"name": "db", "rate_to_container": 1}]}]},
            "containers[0].networks[0].rate_to_container: '1' is not a usable rate",
        ),
        ({"containers": [{"name": "a", "queue_length": 0}]}, "containers[0].queue_length: 0 is out of range"),
    ],
)
def test_what_cannot_be_is_refused_by_the_path_of_the_user_before_anything_changes(host, options, message):
    declared = {"networks": [{"name": "db", "subnets": ["10.30.0.0/24"]}, web({"name": "a"}) | options]}
    assert message in host.module_fails("network", **declared)
    assert message in host.module_fails("network", check=True, **declared)
    assert host.leaks() == []


def resolv_conf(host, name="a"):
    lines = host.run(["cat", "/etc/netns/%s/resolv.conf" % name]).stdout.splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_containers_ask_the_name_servers_of_their_networks(host):
    host.run("sh -c 'echo nameserver 192.0.2.9 >/etc/resolv.conf'")
    servers = ["192.0.2.53", "2001:db8::53"]
    given = {"dns_servers": servers, "dns_search": ["example.com", "corp.example."], "dns_options": ["ndots:2"]}
    settle(host, **web({"name": "a"}, **given))
    assert resolv_conf(host) == [
        "nameserver 192.0.2.53",
        "nameserver 2001:db8::53",
        "search example.com corp.example",
        "options ndots:2",
    ]
    settle(host, **web({"name": "a"}))
    assert "nameserver 192.0.2.9" in resolv_conf(host)
    assert not any("corp" in line for line in resolv_conf(host))
    settle(host, **web({"name": "a"}, dns_servers=[]))
    assert not any("nameserver" in line for line in resolv_conf(host))
    db = {"name": "db", "subnets": ["10.30.0.0/24"], "internal": True, "dns_servers": ["10.30.0.5"]}
    settle(host, networks=[web({"name": "a", "networks": ["db"]}, dns_servers=servers), db])
    assert resolv_conf(host)[:3] == ["nameserver 192.0.2.53", "nameserver 2001:db8::53", "nameserver 10.30.0.5"]


def test_a_forward_policy_of_one_network_is_kept(host):
    host.run("sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")

    def policy():
        return host.module("network_info")["forwarding"]["ipv4"]["policy"]

    settle(host, **web(forward_policy="keep"))
    assert policy() == "accept"
    settle(host, **web(forward_policy="drop"))
    assert policy() == "drop"
    host.run("iptables -P FORWARD ACCEPT")
    assert host.module("network_info")["drift"]
    settle(host, **web(forward_policy="drop"))
    host.module("network", name="web", state="absent")
    assert host.run("iptables -S FORWARD").stdout.splitlines()[0] == "-P FORWARD ACCEPT"


def mtu(host, link, netns=None):
    place = ["-n", netns] if netns else []
    return json.loads(host.run(["ip", *place, "-json", "link", "show", link]).stdout)[0]["mtu"]


def test_the_mtu_is_that_of_the_interface_with_the_default_route(lab):
    host = lab.host
    host.run("ip link set lan0 mtu 1400")
    settle(host, **web({"name": "a"}))
    assert (mtu(host, "br-web"), mtu(host, "eth0", "a")) == (1400, 1400)
    host.run("ip link set lan0 mtu 1300")
    assert host.module("network_info")["drift"]
    settle(host, **web({"name": "a"}))
    assert (mtu(host, "br-web"), mtu(host, "eth0", "a")) == (1300, 1300)
    host.run("ip route del default")
    host.run("ip -6 route del default")
    assert not host.module("network", **web({"name": "a"}))["changed"]
    settle(host, **web({"name": "a"}, mtu=1500))
    assert (mtu(host, "br-web"), mtu(host, "eth0", "a")) == (1500, 1500)


def test_without_a_default_route_the_mtu_is_that_of_ethernet(host):
    settle(host, **web({"name": "a"}, mtu=1400))
    settle(host, **web({"name": "a"}))
    assert (mtu(host, "br-web"), mtu(host, "eth0", "a")) == (1500, 1500)


def test_an_uplink_too_narrow_for_ipv6_does_not_take_it_away(lab):
    lab.host.run("ip -6 route del default")
    lab.host.run("ip link set lan0 mtu 1000")
    settle(lab.host, **web({"name": "a"}))
    assert mtu(lab.host, "br-web") == 1280
    settle(lab.host, name="db", subnets=["10.30.0.0/24"])
    assert mtu(lab.host, "br-db") == 1000


def test_containers_whose_namespace_is_new_are_told(host):
    assert settle(host, **web({"name": "a"}, {"name": "b"}))["remade"] == ["a", "b"]
    assert settle(host, **web({"name": "a"}, {"name": "b"}, {"name": "c", "netns": "cc"}))["remade"] == ["c"]
    host.run("ip netns delete b")
    assert settle(host, **web({"name": "a"}, {"name": "b"}, {"name": "c", "netns": "cc"}))["remade"] == ["b"]
    assert settle(host, **web({"name": "a"}, {"name": "c", "netns": "dd"}))["remade"] == ["c"]
    host.run("ip netns delete a")
    assert settle(host, name="web", subnets=[*SUBNETS.values()])["remade"] == ["a"]


def test_a_record_of_before_these_options_is_read(host):
    settle(host, **web({"name": "a", "addresses": ["10.20.0.9"], "ports": ["80:80"]}))
    path = "/etc/hostnet/networks/web.json"
    record = json.loads(host.run(["cat", path]).stdout)
    former = {name: record[name] for name in ("name", "subnets", "containers")}
    host.run(["tee", path], stdin=json.dumps(former))
    settle(host, name="web", subnets=[*SUBNETS.values()])
    assert host.namespaces() == ["a"]
