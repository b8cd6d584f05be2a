# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks site, inspect and teardown on six hosts over SSH. The tests follow each other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
GUESTS = ROOT / ".cache" / "guests"
NAMES = ["hostnet-fleet-%d" % number for number in range(1, 7)]
SETTINGS = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_FORKS": "6", "ANSIBLE_PIPELINING": "1"}
# The roles ran when the fleet was converged.
QUICK = ("--tags", "hostnet_networks")


def inside(name, *argv):
    """Run a command in a guest; returns what it prints."""
    command = [str(ROOT / "tests" / "support" / "guest.sh"), "enter", str(GUESTS / name), *argv]
    return subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout


def play(playbook, *arguments):
    """Run a playbook of the collection on the inventory that Molecule made."""
    inventory = ["-i", os.environ["MOLECULE_INVENTORY_FILE"]]
    program = str(Path(sys.executable).parent / "ansible-playbook")
    argv = [program, *inventory, *arguments, "hostnet.containers." + playbook]
    environment = {**os.environ, **SETTINGS}
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)
    return done.returncode, done.stdout + done.stderr


def last_lines(told):
    return [line for line in told.splitlines() if line.startswith("Hosts: ")]


@pytest.mark.parametrize("name", NAMES)
def test_each_host_has_its_networks(name):
    assert "10.20.0.1/24" in inside(name, "ip", "-brief", "address", "show", "br-web")
    assert "10.30.0.1/24" in inside(name, "ip", "-brief", "address", "show", "br-back")
    assert inside(name, "systemctl", "is-active", "hostnet-dns-web.service").strip() == "active"


def test_they_are_as_declared():
    code, told = play("inspect")
    assert code == 0, told
    assert last_lines(told) == ["Hosts: 6 of 6 are as declared"]
    assert told.count("tcp 8888 -> 80") == 6


def test_a_change_rolls_through_the_fleet(tmp_path):
    change = {"hostnet_networks": [{"name": "back", "subnets": ["10.30.0.0/24"], "internal": True, "icc": False}]}
    change["hostnet_networks"][0]["containers"] = [{"name": "database", "hosts": ["db"]}]
    path = tmp_path / "change.json"
    path.write_text(json.dumps({**change, "hostnet_serial": [1, 2, 3], "hostnet_max_fail_percentage": 0}))
    code, told = play("site", *QUICK, "--check", "--diff", "-e", "@%s" % path, "-e", "hostnet_serial=6")
    assert code == 0, told
    assert last_lines(told) == ["Hosts: 0 of 6 are as declared, 6 differ"]
    code, told = play("site", *QUICK, "-e", "@%s" % path)
    assert code == 0, told
    # Each table has the batches before it, too, so that the last one is of the whole fleet.
    assert [line.split(",")[1] for line in last_lines(told)] == [" 1 changed", " 3 changed", " 6 changed"]
    code, told = play("inspect")
    assert code != 0
    assert told.count("Network back: ") == 6


def test_a_host_that_is_away_hides_no_other(tmp_path):
    lost = {"ansible_ssh_common_args": "-o ProxyCommand=false", "ansible_host": "192.0.2.9"}
    (tmp_path / "more.json").write_text(json.dumps({"all": {"hosts": {"lost": lost}}}), encoding="utf-8")
    code, told = play("site", *QUICK, "-i", str(tmp_path / "more.json"))
    assert code != 0
    assert last_lines(told) == ["Hosts: 0 of 7 were as declared already, 6 changed, 1 not reached"]
    assert "NOT REACHED" in told


def test_what_somebody_changed_by_hand_is_told_of_that_host():
    inside(NAMES[2], "ip", "link", "set", "br-web", "down")
    code, told = play("inspect")
    assert code != 0
    assert last_lines(told) == ["Hosts: 5 of 6 are as declared, 1 differs"]
    assert "Network web: set up of br-web: no -> yes" in told


def test_teardown_leaves_nothing():
    code, told = play("teardown")
    assert code == 0, told
    assert last_lines(told) == ["Hosts: 0 of 6 were as declared already, 6 changed"]
    for name in NAMES:
        left = "ls -A /etc/hostnet/networks /etc/netns /run/netns 2>/dev/null; ip -o link | grep ' br-' || true"
        assert [line for line in inside(name, "sh", "-c", left).splitlines() if line and not line.endswith(":")] == []
        assert inside(name, "sh", "-c", "ls -A /run/systemd/system | grep hostnet || true") == ""
    code, told = play("inspect")
    assert code != 0
    assert last_lines(told) == ["Hosts: 0 of 6 are as declared, 6 differ"]
    # As it was, so that these tests can run again.
    code, told = play("site", *QUICK)
    assert code == 0, told
