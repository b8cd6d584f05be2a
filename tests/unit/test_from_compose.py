# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each key of a Compose file becomes, and what is named because it has no equivalent."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.hostnet.containers.plugins.filter.from_compose import from_compose
from ansible_collections.hostnet.containers.plugins.filter.from_compose_warnings import from_compose_warnings

SHOP = """
services:
  web:
    image: nginx
    ports: ["8080:80"]
    networks: [front, back]
  db:
    container_name: shop-db
    networks:
      back: {aliases: [database, sql], ipv4_address: 10.30.0.5, mac_address: "02:42:AC:11:00:05"}
networks:
  front: {ipam: {config: [{subnet: 10.20.0.0/24, gateway: 10.20.0.254}]}}
  back: {internal: true, ipam: {config: [{subnet: 10.30.0.0/24}]}}
"""


def service(**keys):
    """Return the options of the container of one service, on the network `net`."""
    found = from_compose({"services": {"a": keys}, "networks": {"net": NET}})
    return next((item for network in found for item in network["containers"]), None)


def network(**keys):
    return from_compose({"networks": {"net": keys}})[0]


def ports(*values, **keys):
    return service(ports=list(values), networks=["net"], **keys).get("ports")


NET = {"ipam": {"config": [{"subnet": "10.20.0.0/24"}]}}


def test_a_file_as_people_write_them():
    assert from_compose(SHOP) == [
        {
            "name": "front",
            "subnets": ["10.20.0.0/24"],
            "gateways": ["10.20.0.254"],
            "containers": [{"name": "web", "ports": ["8080:80"], "networks": ["back"]}],
        },
        {
            "name": "back",
            "internal": True,
            "subnets": ["10.30.0.0/24"],
            "containers": [
                {
                    "name": "db",
                    "netns": "shop-db",
                    "addresses": ["10.30.0.5"],
                    "mac": "02:42:ac:11:00:05",
                    "hosts": ["shop-db", "database", "sql"],
                }
            ],
        },
    ]
    assert from_compose_warnings(SHOP) == []


def test_text_and_what_ansible_makes_of_it_are_the_same():
    assert from_compose(SHOP) == from_compose(yaml.safe_load(SHOP))


@pytest.mark.parametrize(
    "written, becomes",
    [
        ("8080:80", "8080:80"),
        ("8080:80/tcp", "8080:80"),
        ("53:53/UDP", "53:53/udp"),
        ("8000-8010:90-100", "8000-8010:90-100"),
        ("127.0.0.1:8080:80", "127.0.0.1:8080:80"),
        ("0.0.0.0:8080:80", "0.0.0.0:8080:80"),
        ("[2001:db8::1]:8080:80", "[2001:db8::1]:8080:80"),
        ("2001:db8::1:8080:80", "[2001:db8::1]:8080:80"),
        ("3000", "3000:3000"),
        ("3000-3005/sctp", "3000-3005:3000-3005/sctp"),
        ("127.0.0.1::80", "127.0.0.1:80:80"),
        ("8000-8010:80", "8000:80"),
        ({"target": 80, "published": 8080}, "8080:80"),
        ({"target": 80, "published": "8080", "protocol": "udp", "mode": "host"}, "8080:80/udp"),
        ({"target": "80", "published": "8000-8010", "host_ip": "127.0.0.1"}, "127.0.0.1:8000:80"),
        ({"target": 80, "name": "http", "app_protocol": "http"}, "80:80"),
        ({"target": 80, "published": 0}, "80:80"),
    ],
)
def test_ports_in_each_syntax(written, becomes):
    assert ports(written) == [becomes]


def test_a_port_that_docker_chooses_is_named():
    text = "services: {a: {ports: ['80', {target: 81}, '127.0.0.1::82', '8000-8010:83']}}"
    assert len(from_compose_warnings(text)) == 4
    assert from_compose_warnings(text)[0].startswith("services.a.ports[0]: Docker takes a free port")


def test_the_same_port_twice_is_one():
    assert ports("8080:80", {"target": 80, "published": 8080}) == ["8080:80"]
    assert ports("53:53/udp", "53:53/tcp") == ["53:53/udp", "53:53"]


def test_text_is_read_as_compose_reads_it():
    text = "services: {a: {ports: [22:22, 3000], mac_address: 02:42:10:11:12:13}}"
    (found,) = from_compose(text)[0]["containers"]
    assert found == {"name": "a", "mac": "02:42:10:11:12:13", "ports": ["22:22", "3000:3000"]}


@pytest.mark.parametrize(
    "keys, options",
    [
        ({"internal": True}, {"internal": True}),
        ({"internal": "false"}, {}),
        ({"driver": "bridge", "attachable": True, "labels": ["a=b"]}, {}),
        ({"driver_opts": {"com.docker.network.driver.mtu": "1400"}}, {"mtu": 1400}),
        ({"driver_opts": {"com.docker.network.driver.mtu": 1400}}, {"mtu": 1400}),
        ({"driver_opts": {"mtu": 9000, "isolate": "false"}}, {"mtu": 9000, "isolate": False}),
        ({"driver_opts": {"com.docker.network.bridge.name": "br0"}}, {"bridge": "br0"}),
        ({"driver_opts": {"com.docker.network.bridge.enable_icc": "false"}}, {"icc": False}),
        ({"driver_opts": {"com.docker.network.bridge.enable_icc": True}}, {}),
        ({"driver_opts": {"com.docker.network.bridge.enable_ip_masquerade": "false"}}, {"masquerade": False}),
        (
            {"ipam": {"config": [{"subnet": "10.20.0.0/24", "ip_range": "10.20.0.128/25"}]}},
            {"subnets": ["10.20.0.0/24"], "reserved": ["10.20.0.0/25"]},
        ),
        (
            {"ipam": {"config": [{"subnet": "10.20.0.0/24", "aux_addresses": {"router": "10.20.0.9"}}]}},
            {"subnets": ["10.20.0.0/24"], "reserved": ["10.20.0.9"]},
        ),
        (
            {"ipam": {"config": [{"subnet": "10.20.0.0/24"}, {"subnet": "fd00:20::/64", "gateway": "fd00:20::9"}]}},
            {"subnets": ["10.20.0.0/24", "fd00:20::/64"], "gateways": ["10.20.0.1", "fd00:20::9"]},
        ),
        (
            {"enable_ipv4": False, "enable_ipv6": True, "ipam": {"config": [{"subnet": "fd00:20::/64"}]}},
            {"subnets": ["fd00:20::/64"]},
        ),
        ({"driver_opts": {"com.docker.network.host_ipv4": "192.0.2.7"}}, {"masquerade": ["192.0.2.7"]}),
        ({"name": "of-its-own"}, {"name": "of-its-own", "bridge": "br-of-its-own"}),
    ],
)
def test_keys_of_a_network(keys, options):
    found = network(**keys)
    found.pop("containers")
    if "subnets" not in options:
        found.pop("subnets")
    if options.get("bridge") == "br-" + found["name"]:
        options = {key: options[key] for key in options if key != "bridge"}
    assert found == {"name": "net", **options}
    assert from_compose_warnings({"networks": {"net": keys}}) == []


def test_ports_are_on_the_address_of_the_host_that_their_network_names():
    binding = {"driver_opts": {"com.docker.network.bridge.host_binding_ipv4": "192.0.2.1"}}
    file = {"services": {"a": {"ports": ["80:80", "127.0.0.1:81:81"]}}, "networks": {"default": binding}}
    (found,) = from_compose(file)[0]["containers"]
    assert found["ports"] == ["192.0.2.1:80:80", "127.0.0.1:81:81"]


def test_subnets_are_chosen_by_name_alone_and_stay():
    alone = network(enable_ipv6=True)["subnets"]
    many = {"networks": {"other": {}, "net": {"enable_ipv6": True}, "third": {}}}
    assert [item["subnets"] for item in from_compose(many) if item["name"] == "net"] == [alone]
    # As documented, and as in files that were converted before.
    assert alone == ["10.207.4.0/22", "fda0:8a0f:cbde::/64"]
    in_the_way = {"ipam": {"config": [{"subnet": alone[0]}]}}
    moved = from_compose({"networks": {"net": {}, "other": in_the_way}})
    assert moved[0]["subnets"] == ["10.207.8.0/22"]


def test_another_pool():
    assert from_compose({"networks": {"net": {}}}, ipv4_pool="198.18.0.0/24")[0]["subnets"] == ["198.18.0.0/24"]


def test_a_long_name_has_a_short_bridge():
    (found,) = from_compose({"networks": {"a-network-of-the-shop": {}}})
    assert found["bridge"].startswith("br-") and len(found["bridge"]) == 15


def test_services_without_a_network_are_on_the_default_one():
    found = from_compose({"services": {"a": {}, "b": {"networks": []}, "c": {"network_mode": "bridge"}}})
    assert [(item["name"], [inner["name"] for inner in item["containers"]]) for item in found] == [
        ("bridge", ["c"]),
        ("default", ["a", "b"]),
    ]


@pytest.mark.parametrize(
    "networks, first",
    [
        (["b", "a"], "a"),
        ({"a": None, "b": {"priority": 1}}, "b"),
        ({"a": {"priority": 9}, "b": {"gw_priority": 1}}, "b"),
        ({"inside": {"priority": 9}, "b": None}, "b"),
        (["inside"], "inside"),
    ],
)
def test_the_first_of_several_networks(networks, first):
    file = {"services": {"s": {"networks": networks}}, "networks": {"a": {}, "b": {}, "inside": {"internal": True}}}
    assert [item["name"] for item in from_compose(file) if item["containers"]] == [first]
    (container,) = next(item["containers"] for item in from_compose(file) if item["name"] == first)
    assert {first, *container.get("networks", [])} == set(networks)


def test_addresses_of_one_family_get_their_counterpart_in_the_other():
    both = {"enable_ipv6": True, "ipam": {"config": [{"subnet": "10.20.0.0/24"}, {"subnet": "fd00:20::/64"}]}}
    file = {
        "services": {
            "a": {"networks": {"net": {"ipv4_address": "10.20.0.5"}}},
            "b": {"networks": {"net": {"ipv6_address": "fd00:20::6"}}},
            "c": {"networks": {"net": {"ipv6_address": "fd00:20::ffff"}}},
            "d": {"networks": {"net": {"ipv4_address": "10.20.0.9", "ipv6_address": "fd00:20::77"}}},
            "e": {"networks": ["net"]},
        },
        "networks": {"net": both},
    }
    assert [item.get("addresses") for item in from_compose(file)[0]["containers"]] == [
        ["10.20.0.5", "fd00:20::5"],
        ["fd00:20::6", "10.20.0.6"],
        ["fd00:20::ffff", "10.20.0.2"],
        ["10.20.0.9", "fd00:20::77"],
        None,
    ]


@pytest.mark.parametrize("written", [["net.core.somaxconn=1024"], {"net.core.somaxconn": 1024}])
def test_sysctls(written):
    assert str(service(sysctls=written)["sysctls"]["net.core.somaxconn"]) == "1024"


def test_name_servers_are_those_of_a_network_whose_containers_agree():
    said = {"dns": "192.0.2.53", "dns_search": ["example.com", "."][:1], "dns_opt": ["ndots:2"]}
    (found,) = from_compose({"services": {"a": said, "b": {**said, "dns": ["192.0.2.53"]}}})
    options = {"dns_servers": ["192.0.2.53"], "dns_search": ["example.com"], "dns_options": ["ndots:2"]}
    assert {name: found[name] for name in options} == options
    file = {"services": {"a": said, "b": {}}}
    assert not set(options) & set(from_compose(file)[0])
    assert len(from_compose_warnings(file)) == 3
    assert from_compose_warnings(file)[0].startswith("services.a: dns_servers is one for all")


def test_names_of_interfaces():
    joined = {"front": {"interface_name": "wan0"}, "back": {"interface_name": "lan0", "priority": -1}}
    file = {"services": {"a": {"networks": joined}}, "networks": {"front": {}, "back": {}}}
    (container,) = from_compose(file)[0]["containers"]
    assert container == {"name": "a", "peer": "wan0", "networks": [{"name": "back", "peer": "lan0"}]}


def test_a_prefix_keeps_files_apart():
    web, own = from_compose(
        {"services": {"a": {"networks": ["web"]}}, "networks": {"web": {}, "x": {"name": "own"}}}, prefix="shop-"
    )
    assert (web["name"], own["name"]) == ("shop-web", "own")
    assert web["containers"] == [{"name": "a", "netns": "shop-a"}]


def test_variables():
    text = "services: {a: {environment: {X: '${SECRET}'}, ports: ['${PORT}:${IN:-80}'], sysctls: ['net.core.x=$$1']}}"
    (found,) = from_compose(text, variables={"PORT": 8080})[0]["containers"]
    assert found == {"name": "a", "ports": ["8080:80"], "sysctls": {"net.core.x": "$1"}}


def test_profiles():
    file = {"services": {"a": {}, "b": {"profiles": ["debug"]}}}
    assert [item["name"] for item in from_compose(file)[0]["containers"]] == ["a"]
    assert [item["name"] for item in from_compose(file, profiles=["debug"])[0]["containers"]] == ["a", "b"]


@pytest.mark.parametrize(
    "keys, key, words",
    [
        ({"hostname": "a.example"}, "hostname", "no name of its own"),
        ({"domainname": "example"}, "domainname", "no name of its own"),
        ({"extra_hosts": ["db:10.0.0.1"]}, "extra_hosts[0]", "no equivalent"),
        ({"extra_hosts": {"db": "10.0.0.1"}}, "extra_hosts.db", "no equivalent"),
        ({"links": ["b:database"]}, "links[0]", "as an alias"),
        ({"external_links": ["b"]}, "external_links", "not known"),
        ({"extends": "b"}, "extends", "docker compose config"),
        ({"sysctls": {"kernel.msgmax": 1}}, "sysctls.kernel.msgmax", "no setting of a network"),
        ({"deploy": {"replicas": 3}}, "deploy.replicas", "one container is made"),
        ({"scale": 0}, "", "no copies"),
        ({"profiles": ["debug"]}, "", "profiles debug"),
        ({"network_mode": "none"}, "", "module netns"),
        ({"network_mode": "host"}, "", "host's own network"),
        ({"network_mode": "service:b"}, "", "run it in the namespace b-1"),
        ({"network_mode": "container:x"}, "", "container x"),
        ({"networks": {"net": {"link_local_ips": ["169.254.1.1"]}}}, "networks.net.link_local_ips", "no equivalent"),
        ({"networks": ["vlan"]}, "networks[0]", "vlan is left out"),
        ({"networks": ["elsewhere", "net"]}, "networks[0]", "made elsewhere"),
        ({"networks": ["elsewhere"]}, "", "none of its networks is made here"),
        ({"networks": ["inside"], "ports": ["80:80"]}, "", "not published"),
        ({"network_mode": "host", "ports": ["80:80"]}, "", "not published"),
    ],
)
def test_what_has_no_equivalent_in_a_service_is_named(keys, key, words):
    networks = {"net": {}, "elsewhere": {"external": True}, "vlan": {"driver": "macvlan"}, "inside": {"internal": True}}
    file = {"services": {"a": keys, "b": {"container_name": "b-1"}}, "networks": networks}
    path = "services.a" + ("." + key if key else "")
    assert [item for item in from_compose_warnings(file) if item.startswith(path + ": ") and words in item]


@pytest.mark.parametrize(
    "keys, key",
    [
        ({"driver": "macvlan"}, "driver"),
        ({"driver": "overlay"}, "driver"),
        ({"driver_opts": {"com.docker.network.bridge.inhibit_ipv4": "true"}}, "driver_opts.com.docker"),
        ({"driver_opts": {"com.docker.network.bridge.gateway_mode_ipv4": "routed"}}, "driver_opts.com.docker"),
        ({"driver_opts": {"parent": "eth0"}}, "driver_opts.parent"),
        ({"ipam": {"driver": "dhcp"}}, "ipam.driver"),
        ({"ipam": {"options": {"foo": "bar"}}}, "ipam.options"),
        ({"ipam": {"config": [{"gateway": "10.0.0.1"}]}}, "ipam.config[0].gateway"),
        ({"enable_ipv6": False, "ipam": {"config": [{"subnet": "fd00::/64"}]}}, "ipam.config[0].subnet"),
    ],
)
def test_what_has_no_equivalent_in_a_network_is_named(keys, key):
    (sentence,) = from_compose_warnings({"networks": {"net": keys}})
    assert sentence.startswith("networks.net." + key)


def test_a_name_that_two_services_want_stays_with_the_first():
    file = {"services": {name: {"networks": {"net": {"aliases": ["db"]}}} for name in "ab"}, "networks": {"net": {}}}
    assert [item.get("hosts") for item in from_compose(file)[0]["containers"]] == [["db"], None]
    assert from_compose_warnings(file) == ["services.b: the name db is already that of a; it stays there"]
