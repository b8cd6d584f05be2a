# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks with ``dns``: units, files, rules and refusals."""

from __future__ import annotations

import dataclasses
import ipaddress
import json

import pytest

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict, Invalid, Missing
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.listening_sockets import Listener
from ansible_collections.hostnet.containers.plugins.module_utils.plan.listener_conflicts import check_listeners
from ansible_collections.hostnet.containers.plugins.module_utils.report.gathering import gather
from ansible_collections.hostnet.containers.plugins.module_utils.state.resolver import Resolver
from ansible_collections.hostnet.containers.plugins.module_utils.steps.units import ReloadUnit, SetUnit
from model.declaring import declare, on, run
from model.memory_host import empty_host

UNIT = "hostnet-dns-web.service"
WEB = {
    "name": "web",
    "subnets": ["10.20.0.0/24", "fd00:20::/64"],
    "dns": True,
    "containers": [{"name": "a"}],
    "purge": True,
}


@pytest.fixture
def host():
    made = empty_host()
    made.state = dataclasses.replace(made.state, resolver=Resolver(("192.0.2.53",)))
    return made


def command(host, unit=UNIT):
    return next(line for line in host.state.units[unit].splitlines() if line.startswith("ExecStart=")).split()


def name_servers(host, netns="a"):
    text = host.state.files["/etc/netns/%s/resolv.conf" % netns]
    return [line.split()[1] for line in text.splitlines() if line.startswith("nameserver")]


def input_chain(host, family=4):
    table = host.state.firewall[family].table("filter")
    return table.chains.get("HOSTNET-INPUT"), [rule.target for rule in table.chains["INPUT"]]


def test_a_server_listens_on_the_gateways_alone_and_follows_the_host_s_name_servers(host):
    on(host, "Network", **WEB)
    words = command(host)
    assert words[0] == "ExecStart=/usr/sbin/dnsmasq"
    assert [word for word in words if "listen" in word] == ["--listen-address=10.20.0.1", "--listen-address=fd00:20::1"]
    for word in ("--bind-interfaces", "--no-hosts", "--hostsdir=/etc/hostnet/dns/web", "--domain-needed"):
        assert word in words
    assert "--resolv-file=/etc/resolv.conf" in words
    assert host.state.files["/etc/hostnet/dns/web/hosts"].splitlines()[1:] == ["10.20.0.2 a", "fd00:20::2 a"]
    assert name_servers(host) == ["10.20.0.1", "fd00:20::1"]


def test_the_server_of_an_internal_network_has_nobody_to_ask(host):
    on(host, "Network", **dict(WEB, internal=True))
    assert "--no-resolv" in command(host)
    assert not [word for word in command(host) if word.startswith(("--resolv-file", "--server="))]


def test_units_run_without_rights(host):
    on(host, "Network", **WEB)
    lines = host.state.units[UNIT].splitlines()
    for line in (
        "DynamicUser=yes",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
        "ProtectSystem=strict",
        "Restart=on-failure",
    ):
        assert line in lines


def test_the_host_s_own_name_servers_follow_only_where_no_server_forwards(host):
    inside = {"name": "in", "subnets": ["10.30.0.0/24"], "internal": True, "dns": True}
    both = [{"name": "a", "networks": ["in"]}]
    on(host, "Network", networks=[dict(WEB, dns=False, containers=both), inside])
    assert name_servers(host) == ["10.30.0.1", "192.0.2.53"]
    on(host, "Network", networks=[dict(WEB, containers=both), inside])
    assert name_servers(host) == ["10.20.0.1", "fd00:20::1", "10.30.0.1"]


def test_rules_for_queries_are_there_with_a_server_only(host):
    def queries(family):
        rules, hooked = input_chain(host, family)
        return [rule for rule in rules or () if rule.option("--dport") == "53"], hooked

    on(host, "Network", **{**WEB, "dns": False})
    assert queries(4) == ([], ["HOSTNET-INPUT"])
    on(host, "Network", **WEB)
    for family, gateway in ((4, "10.20.0.1"), (6, "fd00:20::1")):
        rules, hooked = queries(family)
        assert hooked == ["HOSTNET-INPUT"]
        assert [rule.target for rule in rules] == ["ACCEPT", "ACCEPT", "DROP", "DROP"]
        assert {rule.option("-d") for rule in rules} == {gateway}
        assert {rule.comment for rule in rules[:2]} == {"hostnet dns web br-web"}
    (server,) = host.observe(None).services.dns.values()
    assert (server.owner, server.bridge, [str(item) for item in server.addresses]) == (
        "web",
        "br-web",
        ["10.20.0.1", "fd00:20::1"],
    )
    on(host, "Network", **{**WEB, "dns": False, "purge": False})
    assert queries(4) == ([], ["HOSTNET-INPUT"])
    assert host.state.units == {}


def test_what_others_declare_leaves_servers_alone(host):
    on(host, "Network", **WEB)
    units = host.state.units
    on(host, "PortPublish", host_port="8080", container_ip="10.20.0.2")
    on(host, "Network", name="db", subnets=["10.30.0.0/24"])
    assert host.state.units == units
    assert host.observe(None).services.dns


def test_changed_names_are_read_again_by_the_same_server(host):
    on(host, "Network", **WEB)
    done = on(host, "Network", **{**WEB, "containers": [{"name": "a"}, {"name": "b"}]})
    assert ReloadUnit(UNIT) in done.steps
    assert not [step for step in done.steps if isinstance(step, SetUnit)]
    done = on(host, "Network", **dict(WEB, gateways=["10.20.0.9"]))
    assert "change DNS server of network web" in done.actions
    assert "accept DNS queries from br-web to 10.20.0.9" in done.actions
    assert "stop accepting DNS queries from br-web to 10.20.0.1" in done.actions
    assert ReloadUnit(UNIT) not in done.steps


def test_a_server_that_does_not_run_and_a_lost_rule_are_drift_and_repaired(host):
    on(host, "Network", **WEB)
    host.state = dataclasses.replace(host.state, units={UNIT: ""})
    (drift,) = gather(host, ["drift"])["drift"]
    assert drift == {"network": "web", "repair": ["start DNS server of network web"]}
    assert on(host, "Network", **WEB).actions == drift["repair"]
    assert on(host, "Network", **WEB).steps == ()


def test_the_option_is_on_record(host):
    on(host, "Network", **WEB)
    assert json.loads(host.state.files["/etc/hostnet/networks/web.json"])["dns"] is True


def test_a_host_that_cannot_run_it_is_refused_with_the_remedy(host):
    ready = host.state
    host.state = dataclasses.replace(ready, units=None)
    with pytest.raises(Missing, match="network web: dns needs systemd, .*; leave out dns"):
        on(host, "Network", **WEB)
    host.state = dataclasses.replace(ready, dnsmasq=None)
    with pytest.raises(Missing, match="network web: dns needs the program dnsmasq; install the package dnsmasq-base"):
        on(host, "Network", **WEB)
    on(host, "Network", **{**WEB, "dns": False})


def test_a_server_that_lost_its_program_hinders_nobody_else(host):
    on(host, "Network", **WEB)
    units = host.state.units
    host.state = dataclasses.replace(host.state, dnsmasq=None)
    on(host, "Network", name="db", subnets=["10.30.0.0/24"])
    assert host.state.units == units


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_a_process_that_has_the_port_is_named(host, protocol):
    host.listening[protocol, 53] = Listener(ipaddress.ip_address("0.0.0.0"), "unbound", 4711)
    plan = run(host, declare("Network", **WEB), check=True)
    with pytest.raises(
        Conflict, match=r"dns: port 53 \(%s\) of .* is in use by process unbound \(pid 4711\)" % protocol
    ):
        check_listeners(plan, host)


def test_our_own_server_has_the_port_by_right(host):
    on(host, "Network", **WEB)
    host.listening["udp", 53] = Listener(ipaddress.ip_address("0.0.0.0"), "dnsmasq", 4711)
    check_listeners(run(host, declare("Network", **WEB), check=True), host)


@pytest.mark.parametrize(("unit", "refused"), [(UNIT, False), ("hostnet-dns-other.service", True), (None, True)])
def test_so_it_has_where_somebody_removed_the_file_of_its_unit(host, unit, refused):
    on(host, "Network", **WEB)
    host.state = dataclasses.replace(host.state, units={})
    host.listening["udp", 53] = Listener(ipaddress.ip_address("10.20.0.1"), "dnsmasq", 4711, unit)
    plan = run(host, declare("Network", **WEB), check=True)
    assert plan.actions == ["start DNS server of network web"]
    if refused:
        with pytest.raises(Conflict, match="in use by process dnsmasq"):
            check_listeners(plan, host)
    else:
        check_listeners(plan, host)


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        ({"host_port": "53", "protocol": "udp"}, True),
        ({"host_port": "50-60", "protocol": "tcp"}, True),
        ({"host_port": "53", "protocol": "udp", "host_ip": "10.20.0.1"}, True),
        ({"host_port": "53", "protocol": "udp", "host_ip": "192.0.2.1"}, False),
        ({"host_port": "54", "protocol": "udp"}, False),
    ],
)
def test_a_published_port_that_would_take_the_queries_is_refused(host, options, refused):
    on(host, "Network", **WEB)
    options = {"container_ip": "10.20.0.2", "container_port": options["host_port"], **options}
    if not refused:
        on(host, "PortPublish", **options)
        return
    with pytest.raises(
        Conflict, match="network web: dns: its server would get no query, since .* publish it on another"
    ):
        on(host, "PortPublish", **options)


def test_a_network_without_a_gateway_has_nowhere_to_answer():
    with pytest.raises(Invalid, match="dns: its server answers on the gateways, and there is none; give gateways"):
        declare("Network", **dict(WEB, gateways=[]))
