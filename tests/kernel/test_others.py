# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What other programs write on a host, or do to it meanwhile, stops no run and is left alone."""

from __future__ import annotations

import os
import subprocess
import sys

import crowd
import pytest
from examples import TIMES

from hosts import Host, Lab, module_run

WEB = {
    "name": "web",
    "subnets": ["10.20.0.0/24", "fd00:20::/64"],
    "containers": [{"name": "a", "ports": ["8080:80"]}, {"name": "b"}],
}
DB = {"name": "db", "subnets": ["10.30.0.0/24"], "containers": [{"name": "data"}]}
PROGRAMS = ("iptables", "ip6tables")
CATALOGUE = os.path.join(os.path.dirname(__file__), "catalogue")


@pytest.fixture(params=["nft", "legacy"])
def lab(request):
    """A fresh host with a neighbour, for both backends."""
    with Lab(request.param) as fresh:
        fresh.host.remember()
        yield fresh


@pytest.fixture
def host():
    """A fresh host whose iptables writes tables of nftables."""
    with Host("nft") as fresh:
        fresh.remember()
        yield fresh


def test_odd_things_of_others_stop_no_run_and_stay(lab):
    host = lab.host
    host.python(crowd.settle)
    host.remember()
    # What a rule of a user says about us is not about us.
    assert host.module("network_info")["drift"] == []
    assert host.module("network_info")["ports"] == [] and host.module("network_info")["rules"] == []
    foretold = host.module("network", check=True, networks=[WEB, DB])
    assert host.module("network", networks=[WEB, DB])["actions"] == foretold["actions"]
    assert not host.module("network", networks=[WEB, DB])["changed"]
    found = host.module("network_info")
    assert found["drift"] == [] and len(found["ports"]) == 2
    host.container("a").serve_tcp(80, "hello")
    assert lab.lan.ask("192.0.2.1", 8080).reply == "hello"
    for name in ("web", "db"):
        host.module("network", name=name, state="absent")
    assert host.leaks() == []


def test_a_rule_of_a_user_that_jumps_to_a_chain_of_ours_stays(lab):
    host = lab.host
    host.module("network", **WEB)
    jumps = {
        "filter": ["-A INPUT -i eth9 -j HOSTNET-FORWARD", "-A HOSTNET-USER -i eth9 -g HOSTNET-PUBLISHED"],
        "nat": ["-A PREROUTING -i eth9 -j HOSTNET-DNAT", "-A OTHERS -i eth9 -j HOSTNET-SNAT"],
    }
    for program in PROGRAMS:
        host.run(program + " -t nat -N OTHERS")
        for table, rules in jumps.items():
            for rule in rules:
                host.run("%s -t %s %s" % (program, table, rule))

    def all_there():
        for program in PROGRAMS:
            for table, rules in jumps.items():
                lines = host.run("%s-save -t %s" % (program, table)).stdout.splitlines()
                assert [rule for rule in rules if rule not in lines] == []

    assert not host.module("network", **WEB)["changed"]
    host.module("network", **{**WEB, "icc": False, "containers": [{"name": "a", "ports": ["81:80"]}]})
    all_there()
    assert not host.module("network_info")["drift"]
    host.module("network", name="web", state="absent")
    all_there()
    assert not host.module("network", name="web", state="absent")["changed"]
    rest = [line for program in PROGRAMS for line in host.run(program + "-save").stdout.splitlines() if line[0] == "-"]
    assert len(rest) == 2 * sum(map(len, jumps.values()))
    host.module("network", **WEB)
    assert not host.module("network", **WEB)["changed"]
    all_there()


ODD_RULE = "tcp dport { 7, 8-9 } numgen random mod 2 0 counter"
NATIVE = [
    ("ip", "nat", "chain PREROUTING { type nat hook prerouting priority -100; }", "PREROUTING"),
    ("ip", "filter", "chain FORWARD { type filter hook forward priority 0; }", "FORWARD"),
    ("ip6", "raw", "chain PREROUTING { type filter hook prerouting priority -300; }", "PREROUTING"),
]


@pytest.mark.parametrize(("family", "table", "chain", "name"), NATIVE, ids=[item[1] for item in NATIVE])
def test_a_table_that_iptables_cannot_print_is_refused_and_nothing_is_changed(host, family, table, chain, name):
    declared = host.module("network", **WEB)
    assert declared["changed"]
    host.run(["nft", "-f", "-"], stdin="table %s %s { %s; chain %s { %s; }; }" % (family, table, chain, name, ODD_RULE))
    before = host.snapshot()
    for module, options in (
        ("network", WEB),
        ("network", {"name": "web", "state": "absent"}),
        ("port_publish", {"host_port": 8080, "container_ip": "10.20.0.2", "state": "absent"}),
        ("network_info", {}),
    ):
        for check in (True, False):
            told = host.module_fails(module, check=check, **options)
            assert "table %s" % table in told and "nft" in told and "defect" not in told
    assert host.leaks(before) == []
    assert host.module("network_info", gather=["networks"])["networks"]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("lines", [1, 3, -1])
def test_an_answer_of_iptables_that_is_cut_short_is_refused(host, program, lines):
    host.module("network", **WEB)
    before = host.snapshot()
    host.run("mkdir /run/cut")
    real = host.run("sh -c 'command -v %s-save'" % program).stdout.strip()
    keep = "sed '/^COMMIT/d' | head -n %d" % lines
    script = '#!/bin/sh\n%s "$@" | %s\n' % (real, keep)
    host.run("sh -c 'cat >/run/cut/%s-save; chmod 755 /run/cut/%s-save'" % (program, program), stdin=script)
    for options in ({**WEB}, {"name": "web", "state": "absent"}):
        module_run.warm_up("network")
        result = host.python(_with_path, "/run/cut", module_run.run, "network", options)
        assert result.get("failed") and "%s-save" % program in result["msg"] and "defect" not in result["msg"], result
    host.run("rm -r /run/cut")
    assert host.leaks(before) == []


def _with_path(folder, run, module, options):
    os.environ["PATH"] = folder + ":" + os.environ["PATH"]
    return run(module, options, False, False)


RUNS = 8


@pytest.mark.wide
def test_links_and_namespaces_that_come_and_go_stop_no_run():
    with Lab() as lab:
        host = lab.host
        host.module("network", networks=[WEB, DB])
        busy = [host.start([sys.executable, "-c", _CHURN]) for _number in range(2)]
        failed = []
        for number in range(min(RUNS * TIMES, 80)):
            wanted = [WEB, {**DB, "state": "absent"}] if number % 2 else [WEB, {**DB, "icc": bool(number % 4)}]
            for module, options in (("network", {"networks": wanted}), ("network_info", {})):
                result = host._module(module, False, False, 60, options)
                if result.get("failed"):
                    failed.append(result["msg"])
        assert all(process.poll() is None for process in busy)
        for process in busy:
            process.kill()
        assert failed == []


_CHURN = "import sys; sys.path.insert(0, %r); import crowd; crowd.churn(600)" % os.path.dirname(__file__)


@pytest.mark.wide
def test_the_catalogue_holds_in_a_crowd():
    """In continuous integration of every few tests one; all of them by `make test-long`."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "2",
            "-p",
            "no:cacheprovider",
            "--crowd",
            str(max(40 // TIMES, 1)),
            CATALOGUE,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
