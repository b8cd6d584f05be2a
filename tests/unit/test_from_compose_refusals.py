# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Compose file may not say: each refusal names the key."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.hostnet.containers.plugins.filter.from_compose import from_compose

NET = {"ipam": {"config": [{"subnet": "10.20.0.0/24"}]}}


def in_service(**keys):
    return {"services": {"a": keys, "b": {}}, "networks": {"net": NET}}


def in_network(**keys):
    return {"networks": {"net": keys}}


def config(**keys):
    return in_network(ipam={"config": [keys]})


@pytest.mark.parametrize(
    "file, key, words",
    [
        (None, "", "no Compose file"),
        ("", "", "no Compose file"),
        ([], "", "no Compose file"),
        ("a: [", "", "not YAML: line 1"),
        ("services: {a: {}, a: {}}", "", "the key 'a' is there twice"),
        ("services: !reset {}", "", "not YAML"),
        ({"web": {"image": "x"}}, "web", "is no key"),
        ({"service": {}}, "service", "is services meant?"),
        ({"services": []}, "services", "is not a mapping"),
        ({"services": {"a": []}}, "services.a", "is not a mapping"),
        ({"services": {1: {}}}, "services", "the key 1 is not text"),
        ({"services": {"-a": {}}}, "services.-a", "is not a valid"),
        ({"networks": {"_a": {}}}, "networks._a", "is not a valid"),
        (in_service(prots=["80:80"]), "services.a.prots", "is ports meant?"),
        (in_service(ports="80:80"), "services.a.ports", "is not a list"),
        (in_service(ports=[1342]), "services.a.ports[0]", "22:22"),
        (in_service(ports=[True]), "services.a.ports[0]", "is not text"),
        (in_service(ports=["http:80"]), "services.a.ports[0]", "is not a published port"),
        (in_service(ports=["80:99999"]), "services.a.ports[0]", "out of range"),
        (in_service(ports=["80:80/icmp"]), "services.a.ports[0]", "icmp"),
        (in_service(ports=["1.2.3:80:80"]), "services.a.ports[0]", "not an IP address"),
        (in_service(ports=["80-81:80-82"]), "services.a.ports[0]", "equal length"),
        (in_service(ports=[{"published": 80}]), "services.a.ports[0]", "no target"),
        (in_service(ports=[{"target": 80, "host": 1}]), "services.a.ports[0].host", "is no key"),
        (in_service(mac_address=133342), "services.a.mac_address", "quote"),
        (in_service(mac_address="01:00:00:00:00:01"), "services.a.mac_address", "multicast"),
        (in_service(networks=["other"]), "services.a.networks[0]", "not among networks"),
        (in_service(networks={"other": None}), "services.a.networks.other", "not among networks"),
        (in_service(networks=["net", "net"]), "services.a.networks[1]", "twice"),
        (in_service(networks={"net": {"alias": []}}), "services.a.networks.net.alias", "is aliases meant?"),
        (in_service(networks={"net": {"aliases": ["a b"]}}), "services.a.networks.net.aliases[0]", "host name"),
        (in_service(networks={"net": {"ipv4_address": "fd00::1"}}), "services.a.networks.net.ipv4_address", "IPv4"),
        (in_service(networks={"net": {"ipv4_address": "10.9.0.2"}}), "services.a.networks.net", "no subnet"),
        (in_service(networks={"net": {"ipv4_address": "10.20.0.1"}}), "services.a.networks.net", "the gateway"),
        (in_service(networks={"net": {"priority": "high"}}), "services.a.networks.net.priority", "whole number"),
        (in_service(network_mode="none", networks=["net"]), "services.a.network_mode", "contradicts"),
        (in_service(network_mode="service:x"), "services.a.network_mode", "no service"),
        (in_service(network_mode="service:a"), "services.a.network_mode", "itself"),
        (in_service(network_mode="slirp"), "services.a.network_mode", "is none of"),
        (in_service(sysctls=["net.core"]), "services.a.sysctls[0]", "KEY=VALUE"),
        (in_service(sysctls={"net.core.x": "a\nb"}), "services.a.sysctls.net.core.x", "one line"),
        (in_service(dns="name.example"), "services.a.dns", "not an IP address"),
        (in_service(dns=["192.0.2.%d" % number for number in range(1, 5)]), "services.a.dns", "at most 3"),
        (in_service(dns_opt=["ndots 2"]), "services.a.dns_opt", "not an option of resolv.conf"),
        (in_service(container_name="a/b"), "services.a.container_name", "namespace name"),
        (in_service(ports=["${PORT}:80"]), "services.a.ports[0]", "the variable PORT has no value"),
        (in_service(ports=["${PORT:?is needed}:80"]), "services.a.ports[0]", "is needed"),
        (in_service(ports=["$:80"]), "services.a.ports[0]", "write $$"),
        (in_network(internal="maybe"), "networks.net.internal", "neither true nor false"),
        (in_network(internl=True), "networks.net.internl", "is internal meant?"),
        (in_network(driver_opts={"com.docker.network.driver.mtu": "big"}), "networks.net.driver_opts", "whole number"),
        (in_network(driver_opts={"com.docker.network.driver.mtu": 10}), "networks.net.driver_opts", "out of range"),
        (in_network(driver_opts={"com.docker.network.bridge.name": "a/b"}), "networks.net.driver_opts", "valid"),
        (in_network(enable_ipv4=False), "networks.net", "neither IPv4 nor IPv6"),
        (in_network(enable_ipv6=True, driver_opts={"mtu": 1000}), "networks.net", "mtu: 1000 is too small"),
        (in_network(ipam={"config": {}}), "networks.net.ipam.config", "is not a list"),
        (config(subnet="10.20.0.1/24"), "networks.net.ipam.config[0].subnet", "write 10.20.0.0/24"),
        (config(subnet="127.0.0.0/8"), "networks.net.ipam.config[0].subnet", "no addresses"),
        (config(subnet="10.0.0.0/24", gateway="10.1.0.1"), "networks.net.ipam.config[0].gateway", "not within"),
        (config(subnet="10.0.0.0/24", ip_range="10.1.0.0/25"), "networks.net.ipam.config[0].ip_range", "not within"),
        (config(subnet="10.0.0.0/24", range="x"), "networks.net.ipam.config[0].range", "is ip_range meant?"),
        ({"networks": {"a": NET, "b": NET}}, "networks.b", "overlaps 10.20.0.0/24 of networks.a"),
        ({"networks": {"a": {"name": "x"}, "b": {"name": "x"}}}, "networks.b", "also that of networks.a"),
    ],
)
def test_a_refusal_names_the_key(file, key, words):
    with pytest.raises(AnsibleFilterError) as caught:
        from_compose(file)
    assert str(caught.value).startswith("from_compose: " + key)
    assert words in str(caught.value)


def test_a_port_of_two_services_names_both():
    file = {"services": {"a": {"ports": ["80:80"]}, "b": {"ports": ["79-81:79-81"]}}}
    with pytest.raises(AnsibleFilterError, match=r"services.b.ports\[0\].*already published by services.a.ports\[0\]"):
        from_compose(file)


def test_an_address_of_two_services_names_both():
    joined = {"networks": {"net": {"ipv4_address": "10.20.0.5"}}}
    file = {"services": {"a": joined, "b": joined}, "networks": {"net": NET}}
    with pytest.raises(AnsibleFilterError, match=r"services.b.networks.net: .*already that of services.a"):
        from_compose(file)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"prefix": 1}, "prefix: 1 is not text"),
        ({"prefix": "a b"}, "networks.net: 'a bnet' is not a valid"),
        ({"variables": []}, "variables: "),
        ({"profiles": "debug"}, "profiles: "),
        ({"ipv4_pool": "fd00::/8"}, "ipv4_pool: "),
        ({"ipv4_pool": "x"}, "ipv4_pool: "),
        ({"ipv4_pool": "10.20.0.0/24"}, "networks.other: no /24 of 10.20.0.0/24 is free"),
    ],
)
def test_arguments_of_the_filter(arguments, words):
    with pytest.raises(AnsibleFilterError) as caught:
        from_compose({"networks": {"net": NET, "other": {}}}, **arguments)
    assert words in str(caught.value)
