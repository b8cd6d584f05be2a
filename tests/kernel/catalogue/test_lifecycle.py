# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scenarios 33 and 106 to 115 of the catalogue: taking apart, damage by others, repair, failure half-way."""

from __future__ import annotations

import os
import re

import pytest
from networks import DB, FAMILIES, HOST_OF, INTERNET_OF, LISTS, WEB, make, publish, remove_everything
from talk import Connection, refuses

from hosts import Host, module_run, snapshot

PROGRAM = {4: "iptables", 6: "ip6tables"}


def declare(host, check=False):
    """Declare one network in full; returns what each module did."""
    pair = {"netns": "a", "bridge": "web", "addresses": [WEB.interface(family, 2) for family in FAMILIES]}
    pair["gateways"] = [WEB.gateway(family) for family in FAMILIES]
    port = {"host_port": 8080, "container_port": 80}
    calls = [
        ("netns", {"name": "a", "sysctls": {"net.ipv4.conf.all.arp_notify": "1"}}),
        ("bridge", {"name": "web", "addresses": [WEB.interface(family, 1) for family in FAMILIES], "mtu": 1450}),
        ("forwarding", {"bridge": "web"}),
        ("veth_pair", dict(pair, rate_to_container="900mbit", anti_spoof=True, hairpin=True)),
        ("masquerade", {"rules": [{"source": WEB.subnet(family)} for family in FAMILIES]}),
        ("port_publish", {"ports": [dict(port, container_ip=WEB.address(family, 2)) for family in FAMILIES]}),
    ]
    done = [host.module(module, check=check, **options) for module, options in calls]
    return [line for result in done for line in result["actions"]]


def works(lab, family):
    """Whether the declared network serves the neighbour and reaches the outside."""
    a = lab.host.container("a")
    return lab.lan.can_reach(HOST_OF[family], 8080) and a.can_reach(INTERNET_OF[family], 80)


@pytest.fixture
def declared(lab):
    """One network in full, whose container serves."""
    declare(lab.host)
    lab.host.container("a").serve_tcp(80, "a")
    lab.internet.serve_tcp(80, "outside")
    return lab


DAMAGE = {
    "rule flushed": "iptables -F HOSTNET-FORWARD",
    "rule of IPv6 flushed": "ip6tables -t nat -F HOSTNET-DNAT",
    "jump gone": "iptables -t nat -D PREROUTING 1",
    "chain gone and all": "iptables -t nat -F",
    "guard gone": "iptables -t raw -F HOSTNET-GUARD",
    "forwarding off": "sysctl -q net.ipv4.ip_forward=0",
    "loopback routing off": "sysctl -q net.ipv4.conf.web.route_localnet=0",
    "address of the bridge": "ip address delete 10.20.0.1/24 dev web",
    "bridge down": "ip link set web down",
    "mtu of the bridge": "ip link set web mtu 1300",
    "port released": "ip link set {veth} nomaster",
    "hairpin off": "bridge link set dev {veth} hairpin off",
    "host end down": "ip link set {veth} down",
    "limit gone": "tc qdisc delete dev {veth} root",
    "nft guard gone": "nft delete table bridge hostnet",
    "pair gone": "ip link delete {veth}",
    "address of the container": "ip -n a address delete 10.20.0.2/24 dev eth0",
    "route of the container": "ip -n a route delete default",
    "IPv6 route of the container": "ip -n a -6 route delete default",
    "container's end down": "ip -n a link set eth0 down",
    "setting of the container": "ip netns exec a sysctl -q net.ipv4.conf.all.arp_notify=0",
}


@pytest.fixture(scope="module")
def whole(iptables_backend):
    """A host with one network in full, and what it looks like. Each test that damages it repairs it, too."""
    with Host(iptables_backend) as host:
        declare(host)
        assert declare(host, check=True) == []
        yield host, picture(host)


@pytest.mark.parametrize("damage", DAMAGE)
def test_113_110_33_what_somebody_breaks_is_drift_in_check_mode_and_repaired_exactly(whole, damage):
    """Restored are all kinds of rules, not only those that the damage was seen by."""
    host, before = whole
    (veth,) = [link["ifname"] for link in host.run("ip -j link show type veth").json if "master" in link]
    host.run(DAMAGE[damage].format(veth=veth))
    assert picture(host) != before
    assert declare(host, check=True) != []
    assert declare(host) != []
    assert picture(host) == before


def picture(host):
    """All there is on a host and in its container, but for hardware addresses that the kernel chooses anew."""
    seen = host.snapshot()
    links = [re.sub('"address": "[^"]*"', "", line) if '"veth"' in line else line for line in seen["links"]]
    inside = host.container("a").python(snapshot.take)
    limits = sorted(line.split(" dev ")[1] for line in host.run("tc qdisc").stdout.splitlines() if "tbf" in line)
    guards = host.run("nft list table bridge hostnet", check=False).stdout
    return dict(seen, links=sorted(links)), inside, limits, guards


def test_110_111_after_a_flush_of_everything_one_run_serves_again(declared, family):
    before = declared.host.snapshot()
    for program in PROGRAM.values():
        for table in ("raw", "nat", "filter"):
            declared.host.run([program, "-t", table, "-F"])
            declared.host.run([program, "-t", table, "-X"])
    assert not works(declared, family)
    declare(declared.host)
    assert works(declared, family)
    assert [line for line in declared.host.leaks(before) if "tables" in line] == []
    publish(declared.host, WEB, 2, state="absent")
    declared.host.module("forwarding", bridge="web")
    assert refuses(declared.lan, HOST_OF[family], 8080)


def test_106_the_first_of_two_containers_goes_and_the_second_stays_then_all_goes(lab, family):
    _a, b = make(lab.host, WEB, ["a", "b"])
    publish(lab.host, WEB, 2)
    publish(lab.host, WEB, 3, 8081, 81)
    kept = Connection(lab.lan, b, family, HOST_OF[family], 8081, served=81)
    publish(lab.host, WEB, 2, state="absent")
    lab.host.module("veth_pair", netns="a", state="absent")
    lab.host.module("netns", name="a", state="absent")
    assert kept.lives()
    kept.close()
    remove_everything(lab.host)
    assert lab.host.leaks() == []


@pytest.mark.parametrize("order", ["rules first", "links first"])
def test_106_networks_are_taken_apart_in_any_order(lab, order):
    make(lab.host, WEB, ["a"])
    make(lab.host, DB, ["b"])
    publish(lab.host, WEB, 2)
    for module, option in LISTS if order == "rules first" else reversed(LISTS):
        lab.host.module(module, purge=True, **{option: []})
    assert lab.host.leaks() == []


def test_107_links_that_somebody_deleted_do_not_stop_the_rest(lab):
    make(lab.host, WEB, ["a", "b"])
    make(lab.host, DB, ["c"])
    publish(lab.host, WEB, 2)
    lab.host.run("ip netns delete a")
    lab.host.container("b").run("ip link delete eth0")
    lab.host.run("ip link delete db")
    remove_everything(lab.host)
    assert lab.host.leaks() == []


def test_109_55_a_failure_of_the_firewalls_program_carries_its_words_and_leaves_nothing(lab):
    make(lab.host, WEB, ["a"])
    before = lab.host.snapshot()
    folder = _programs_but(lab.host, "ip6tables-restore", "echo 'no room for rules' >&2; exit 4")
    module_run.warm_up("port_publish")
    ports = [dict(host_port=8080, container_ip=WEB.address(family, 2)) for family in FAMILIES]
    result = lab.host.python(_with_path, folder, {"ports": ports})
    assert "no room for rules" in result["msg"]
    assert [line for line in lab.host.leaks(before) if "/run/programs" not in line] == []


def test_54_without_ip6tables_ipv4_works_and_ipv6_is_refused(lab):
    make(lab.host, WEB, ["a"], families=(4,))
    lab.host.container("a").serve_tcp(80, "a")
    folder = _programs_but(lab.host, "ip6tables*")
    module_run.warm_up("port_publish")
    options = {"host_port": 8080, "container_port": 80, "bridge": "web"}
    assert not lab.host.python(_with_path, folder, dict(options, container_ip=WEB.address(4, 2))).get("failed")
    assert lab.lan.ask(HOST_OF[4], 8080).reply == "a"
    before = lab.host.snapshot()
    message = lab.host.python(_with_path, folder, dict(options, container_ip=WEB.address(6, 2)))["msg"]
    assert "ip6tables is not available" in message
    assert lab.host.leaks(before) == []


def _programs_but(host, pattern, script=None):
    """A folder with all programs but some, which may be replaced by a script."""
    folder = "/run/programs"
    host.run(["mkdir", "-p", folder])
    host.run(["sh", "-c", "ln -s /usr/sbin/* %s/; rm %s/%s" % (folder, folder, pattern)])
    if script:
        host.run(
            ["sh", "-c", "cat > %s/%s; chmod 755 %s/%s" % (folder, pattern, folder, pattern)], "#!/bin/sh\n" + script
        )
    return folder


def _with_path(folder, options):
    from ansible_collections.hostnet.containers.plugins.module_utils import programs

    programs._PATH = os.environ["PATH"] = folder
    return module_run.run("port_publish", options, False, False)


def test_115_published_ports_and_the_way_out_need_nothing_of_the_hosts_input(declared, family):
    """A host that drops what is for itself, but for what IPv6 needs to find neighbours, serves what it forwards."""
    program = PROGRAM[family]
    declared.host.serve_tcp(7000, "the host's own")
    assert declared.host.container("a").can_reach(WEB.gateway(family), 7000)
    if family == 6:
        declared.host.run([program, "-A", "INPUT", "-p", "icmpv6", "-j", "ACCEPT"])
    declared.host.run([program, "-P", "INPUT", "DROP"])
    assert refuses(declared.host.container("a"), WEB.gateway(family), 7000)
    assert works(declared, family)


def test_asked_14_rules_of_others_in_front_of_ours_are_seen_and_ours_go_first_again(declared, family):
    """Somebody puts a refusal at the head of FORWARD; the next run places our jump before it."""
    program = PROGRAM[family]
    declared.host.run([program, "-I", "FORWARD", "-j", "DROP"])
    assert not works(declared, family)
    assert declare(declared.host, check=True) != []
    declare(declared.host)
    assert works(declared, family)
    assert "-A FORWARD -j DROP" in declared.host.run([program + "-save"]).stdout


def test_asked_11_the_policy_for_others_is_theirs_to_open(declared, family):
    """A virtual machine's bridge that somebody else forwards for works beside ours."""
    declared.host.run("ip link add vm0 type bridge")
    declared.host.run("ip link set vm0 up")
    gateway, address = {4: ("10.99.0.1/24", "10.99.0.2/24"), 6: ("fd00:99::1/64", "fd00:99::2/64")}[family]
    declared.host.run(["ip", "address", "add", gateway, "dev", "vm0", "nodad"])
    declared.host.run("ip netns add vm")
    declared.host.run("ip link add tap0 master vm0 type veth peer name eth0 netns vm")
    declared.host.run("ip link set tap0 up")
    machine = declared.host.container("vm")
    machine.run("ip link set eth0 up")
    machine.run(["ip", "address", "add", address, "dev", "eth0", "nodad"])
    machine.run(["ip", "-%d" % family, "route", "add", "default", "via", gateway.split("/")[0]])
    program = PROGRAM[family]
    declared.host.run([program, "-t", "nat", "-A", "POSTROUTING", "-o", "lan0", "-j", "MASQUERADE"])
    for direction in ("-i", "-o"):
        declared.host.run([program, "-A", "FORWARD", direction, "vm0", "-j", "ACCEPT"])
    assert machine.ask(INTERNET_OF[family], 80).reply == "outside"
    assert refuses(machine, WEB.address(family, 2), 80)
    assert machine.ask(HOST_OF[family], 8080).reply == "a"
    declare(declared.host)
    assert machine.ask(INTERNET_OF[family], 80).reply == "outside"
