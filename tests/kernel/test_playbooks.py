# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks site, inspect and teardown, run by name on a fleet of throw-away hosts."""

from __future__ import annotations

import re
import sys

import pytest
from fleet import Fleet, recap

from hosts import Host

SITE, INSPECT, TEARDOWN = ("hostnet.containers." + name for name in ("site", "inspect", "teardown"))
# The role host_setup has tests of its own.
QUICK = ("--tags", "hostnet_networks")
WEB = {
    "name": "web",
    "subnets": ["10.20.0.0/24"],
    "containers": [{"name": "a", "ports": ["8888:80"], "networks": ["back"]}, {"name": "b"}],
}
BACK = {"name": "back", "subnets": ["10.30.0.0/24"], "internal": True}


def table(told):
    """The table at the end, without spaces that only align it."""
    lines = told.splitlines()
    start = next((n for n, line in enumerate(lines) if re.match(r"host +network +what ", line)), None)
    end = next(n for n, line in enumerate(lines) if line.startswith("Hosts: "))
    return [" ".join(line.split()) for line in lines[end if start is None else start : end + 1]]


def test_a_fleet_from_nothing_to_networks_and_back(tmp_path):
    with Host() as one, Host() as two:
        one.remember()
        two.remember()
        fleet = Fleet(tmp_path, {"one": one, "two": two}, {})
        both = {"hostnet_networks": [WEB, BACK]}
        wrong = {"hostnet_networks": [{**WEB, "masquerde": False}, BACK]}

        # Nothing on record is not what is declared.
        fleet.declare({"one": both, "two": {}})
        code, told = fleet.play(INSPECT)
        assert code != 0
        assert "one: no network on record, NOT AS DECLARED" in told
        assert "two: no network on record, and none declared" in told
        assert table(told)[-1] == "Hosts: 1 of 2 is as declared, 1 differs"

        # Check mode tells what differs, one host's failure does not hide it.
        fleet.declare({"one": both, "two": wrong})
        code, told = fleet.play(SITE, *QUICK, "--check", "--diff")
        assert code != 0 and one.leaks() == two.leaks() == []
        assert any(line.startswith("one back create bridge br-back; ") for line in table(told))
        assert any(line.startswith("web create ") for line in table(told))
        fault = "network web: there is no masquerde; did you mean masquerade?"
        assert "two FAILED: Refuse what no host could have: " + fault in table(told)
        assert table(told)[-1] == "Hosts: 0 of 2 are as declared, 1 differs, 1 failed"

        code, told = fleet.play(SITE, *QUICK)
        assert code != 0 and two.leaks() == []
        assert recap(told, "one")["failed"] == 0 and recap(told, "two")["failed"] == 1
        assert table(told)[-1] == "Hosts: 0 of 2 were as declared already, 1 changed, 1 failed"

        fleet.declare({"one": both})
        code, told = fleet.play(SITE, *QUICK)
        assert code == 0 and table(told) == ["Hosts: 1 of 1 was as declared already"]
        # However many networks a host has.
        counted = recap(told, "one")
        fleet.declare({"one": {"hostnet_networks": [WEB]}})
        assert recap(fleet.play(SITE, *QUICK)[1], "one") == counted
        code, told = fleet.play(INSPECT)
        assert code != 0 and "Network back: it is on record here, and the inventory does not declare it" in told

        fleet.declare({"one": both})
        code, told = fleet.play(INSPECT)
        assert code == 0, told
        assert re.search(r"a +10\.20\.0\.2/24 +tcp 8888 -> 80", told)
        one.run("ip link set br-web down")
        code, told = fleet.play(INSPECT)
        assert code != 0 and "  Network web: set up of br-web: no -> yes" in told

        # Only the names count for that.
        fleet.declare({"one": wrong, "two": wrong})
        code, told = fleet.play(TEARDOWN)
        assert code == 0, told
        assert (recap(told, "one")["changed"], recap(told, "two")["changed"]) == (1, 0)
        assert one.leaks() == two.leaks() == []


def test_batches_and_how_many_may_fail(tmp_path):
    with Host() as one, Host() as two, Host() as three:
        fleet = Fleet(tmp_path, {"one": one, "two": two, "three": three}, {})
        good, bad = {"hostnet_networks": [BACK]}, {"hostnet_networks": [{"name": "back"}]}
        fleet.declare({"one": bad, "two": good, "three": good})
        batches = ["-e", '{"hostnet_serial": [2, 1]}', "-e", "hostnet_max_fail_percentage=40"]
        code, told = fleet.play(SITE, *QUICK, *batches)
        assert code != 0 and told.count("Hosts: ") == 1, "the second batch does not begin"
        assert three.run("ip link show br-back", check=False).rc != 0
        code, told = fleet.play(SITE, *QUICK, *batches[:2], "-e", "hostnet_hosts=all")
        assert told.count("Hosts: ") == 2
        assert three.run("ip link show br-back").rc == 0


@pytest.fixture
def bare(tmp_path):
    """A host with the Python of the distribution, which finds no pyroute2, and without programs of a firewall."""
    with Host() as host:
        for program in ("iptables-save", "ip6tables-save", "nft"):
            host.run(["mount", "--bind", "/dev/null", "/usr/sbin/" + program])
        yield host


def test_check_mode_of_site_foresees_a_bare_host(bare, tmp_path):
    before = bare.run("ip address; find /etc/hostnet /run/hostnet /run/netns", check=False).stdout
    fleet = Fleet(tmp_path, {"bare": bare}, {})
    python = tmp_path / "python-bare"
    fleet.declare({"bare": {"hostnet_networks": [WEB, BACK]}})
    text = python.read_text(encoding="utf-8")
    python.write_text(text.replace(sys.executable, "/usr/bin/python3"), encoding="utf-8")
    code, told = fleet.play(SITE, "--check")
    assert code == 0, told
    assert "not installed on the host: pyroute2, iptables, nftables; check mode takes them for installed" in " ".join(
        told.split()
    )
    assert table(told)[-1] == "Hosts: 0 of 1 are as declared, 1 differs"
    assert bare.run("ip address; find /etc/hostnet /run/hostnet /run/netns", check=False).stdout == before


def test_imported_by_another_playbook_it_tells_the_same(tmp_path):
    with Host() as one:
        fleet = Fleet(tmp_path, {"one": one}, {"one": {"hostnet_networks": [BACK]}})
        (tmp_path / "mine.yml").write_text("- import_playbook: hostnet.containers.inspect\n", encoding="utf-8")
        code, told = fleet.play(str(tmp_path / "mine.yml"))
        assert code != 0
        assert "one: no network on record, NOT AS DECLARED" in told and "Hosts: 0 of 1 are as declared" in told
