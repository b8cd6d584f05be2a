# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports with ``loopback: proxy``: which proxies they need, and as what units."""

from __future__ import annotations

import dataclasses
import ipaddress

import pytest

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict, Invalid, Missing
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.listening_sockets import Listener
from ansible_collections.hostnet.containers.plugins.module_utils.plan.listener_conflicts import check_listeners
from ansible_collections.hostnet.containers.plugins.module_utils.report.diff import diff
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.proxy import described, listening
from model.declaring import declare, on, run
from model.memory_host import empty_host

NAME = "hostnet-proxy-tcp-8080"


@pytest.fixture
def host():
    made = empty_host()
    on(made, "Bridge", name="web", addresses=["10.20.0.1/24", "fd00:20::1/64"])
    return made


def publish(host, container_ip="10.20.0.2", loopback="proxy", **options):
    given = {"host_port": "8080", "container_port": "80", **options}
    return on(host, "PortPublish", container_ip=container_ip, loopback=loopback, **given)


def listens(host):
    return {
        name[len("hostnet-proxy-") :]: shown["listen"] for name, shown in described(host.observe(None).units).items()
    }


def dnat_rules(host, family=4):
    rules = host.state.firewall[family].table("nat").chains["HOSTNET-DNAT"]
    return [item.text for item in rules if "--dport" in item.text]


def test_an_ipv4_container_is_served_on_both_loopback_addresses_and_by_ipv6(host):
    done = publish(host)
    assert done.actions[-1] == "start proxy for tcp 8080 on 127.0.0.1 and [::]"
    assert listens(host) == {"tcp-8080": ["127.0.0.1:8080", "[::]:8080"]}
    assert described(host.state.units)[NAME]["target"] == "10.20.0.2:80"
    assert diff(done)["after"]["proxies"] == {
        NAME: {"listen": ["127.0.0.1:8080", "[::]:8080"], "target": "10.20.0.2:80"}
    }


def test_an_ipv6_container_is_served_on_both_loopback_addresses(host):
    publish(host, "fd00:20::2")
    assert listens(host) == {"tcp6-8080": ["[::1]:8080", "127.0.0.1:8080"]}
    assert described(host.state.units)["hostnet-proxy-tcp6-8080"]["target"] == "[fd00:20::2]:80"


def test_translation_leaves_loopback_addresses_to_the_proxy(host):
    publish(host)
    (rule,) = dnat_rules(host)
    assert "! -d 127.0.0.0/8" in rule
    assert "loopback=proxy" in rule
    publish(host, host_port="9090", host_ip="127.0.0.1")
    assert [rule for rule in dnat_rules(host) if "-d 127.0.0.1 " in rule and "DNAT" not in rule.split("--comment")[0]]
    assert "net.ipv4.conf.web.route_localnet" not in host.state.sysctls
    assert publish(host, host_port="9090", host_ip="127.0.0.1").steps == ()


@pytest.mark.parametrize(
    ("four", "six", "expected"),
    [
        ("proxy", "proxy", {"tcp-8080": ["127.0.0.1:8080"], "tcp6-8080": ["[::1]:8080"]}),
        ("proxy", "route_localnet", {"tcp-8080": ["127.0.0.1:8080", "[::1]:8080"]}),
        ("proxy", "none", {"tcp-8080": ["127.0.0.1:8080", "[::1]:8080"]}),
        ("route_localnet", "proxy", {"tcp6-8080": ["[::1]:8080"]}),
        ("none", "proxy", {"tcp6-8080": ["[::1]:8080", "127.0.0.1:8080"]}),
        ("none", "route_localnet", {}),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_a_port_of_both_families_is_served_by_each_in_its_own(host, four, six, expected, order):
    for container_ip, loopback in [("10.20.0.2", four), ("fd00:20::2", six)][::order]:
        publish(host, container_ip, loopback)
    assert listens(host) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"host_ip": "127.0.0.1"}, {"tcp-127.0.0.1-8080": ["127.0.0.1:8080"]}),
        ({"host_ip": "127.0.0.9"}, {"tcp-127.0.0.9-8080": ["127.0.0.9:8080"]}),
        ({"host_ip": "192.0.2.1"}, {}),
        ({"host_ip": "0.0.0.0"}, {"tcp-8080": ["127.0.0.1:8080", "[::]:8080"]}),
        ({"container_ip": "fd00:20::2", "host_ip": "::1"}, {"tcp6-::1-8080": ["[::1]:8080"]}),
        ({"container_ip": "fd00:20::2", "host_ip": "2001:db8::1"}, {}),
        ({"allowed_sources": ["192.0.2.0/24"]}, {"tcp-8080": ["127.0.0.1:8080", "[::1]:8080"]}),
    ],
)
def test_a_proxy_serves_nobody_whom_the_port_does_not_serve(host, options, expected):
    publish(host, **options)
    assert listens(host) == expected
    assert publish(host, **options).steps == ()


def test_each_port_of_a_range_has_its_own_and_leads_to_its_counterpart(host):
    publish(host, host_port="8000-8002", container_port="90-92")
    found = described(host.state.units)
    assert [shown["target"] for shown in found.values()] == ["10.20.0.2:%d" % number for number in (90, 91, 92)]


def test_units_run_without_rights_and_reach_the_container_only(host):
    publish(host)
    service, socket = host.state.units[NAME + ".service"], host.state.units[NAME + ".socket"]
    for line in (
        "ExecStart=/lib/systemd/systemd-socket-proxyd --connections-max=8192 10.20.0.2:80",
        "Requires=%s.socket" % NAME,
        "DynamicUser=yes",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "PrivateTmp=yes",
        "CapabilityBoundingSet=",
        "IPAddressDeny=any",
        "IPAddressAllow=10.20.0.2",
    ):
        assert line in service.splitlines()
    for line in ("ListenStream=127.0.0.1:8080", "ListenStream=[::]:8080", "BindIPv6Only=ipv6-only"):
        assert line in socket.splitlines()
    assert sorted(map(str, (ip for ip, _port in listening(host.state.units)))) == ["127.0.0.1", "::"]


def test_a_new_target_changes_the_proxy_and_a_withdrawn_port_stops_it(host):
    publish(host)
    done = publish(host, container_port="81")
    assert "change proxy for tcp 8080 on 127.0.0.1 and [::]" in done.actions
    assert described(host.state.units)[NAME]["target"] == "10.20.0.2:81"
    done = on(host, "PortPublish", host_port="8080", state="absent")
    assert "stop proxy for tcp 8080 on 127.0.0.1 and [::]" in done.actions
    assert host.state.units == {}


def test_a_socket_that_does_not_listen_is_started_again(host):
    publish(host)
    host.state = dataclasses.replace(host.state, units={**host.state.units, NAME + ".socket": ""})
    done = publish(host)
    assert done.actions == ["start proxy for tcp 8080 on 127.0.0.1 and [::]"]
    assert publish(host).steps == ()


def test_another_way_to_the_loopback_ends_the_proxy(host):
    publish(host)
    done = publish(host, loopback="route_localnet")
    assert "stop proxy for tcp 8080 on 127.0.0.1 and [::]" in done.actions
    assert host.state.units == {}


@pytest.mark.parametrize("protocol", ["udp", "sctp"])
def test_other_protocols_than_tcp_are_refused(protocol):
    with pytest.raises(Invalid, match="loopback: proxy serves tcp only and not %s; choose" % protocol):
        declare("PortPublish", host_port="53", container_ip="10.20.0.2", protocol=protocol, loopback="proxy")


def test_ipv6_loopback_without_a_proxy_is_refused():
    with pytest.raises(Invalid, match=r"host_ip: .*\[::1\].*; use loopback: proxy"):
        declare("PortPublish", host_port="53", container_ip="fd00:20::2", host_ip="::1")


def test_a_host_without_systemd_is_refused_and_another_way_named(host):
    host.state = dataclasses.replace(host.state, units=None)
    with pytest.raises(Missing, match="loopback: proxy needs systemd .* choose loopback: route_localnet"):
        publish(host)
    publish(host, loopback="route_localnet")
    assert host.state.units is None


def test_a_process_that_listens_where_a_proxy_would_is_named(host):
    host.listening["tcp", 8080] = Listener(ipaddress.ip_address("0.0.0.0"), "nginx", 4711)
    plan = run(host, declare("PortPublish", host_port="8080", container_ip="10.20.0.2", loopback="proxy"), check=True)
    with pytest.raises(Conflict, match="host_port 8080 .tcp. is in use by process nginx"):
        check_listeners(plan, host)
    publish(host, loopback="none")
    plan = run(host, declare("PortPublish", host_port="8080", container_ip="10.20.0.2", loopback="proxy"), check=True)
    with pytest.raises(Conflict, match="host_port 8080 .tcp. is in use by process nginx"):
        check_listeners(plan, host)
