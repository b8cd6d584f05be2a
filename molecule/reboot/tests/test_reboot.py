# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there after a reboot, and after others took the rules away; no Ansible ran in between."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import yaml

UNITS = ("hostnet-restore.service", "hostnet.target", "hostnet-repair.service", "hostnet-repair.socket")
SIDE_EFFECT = yaml.safe_load((Path(__file__).parents[1] / "side_effect.yml").read_text(encoding="utf-8"))
SHOW = SIDE_EFFECT[0]["tasks"][0]["ansible.builtin.shell"]
# In tenths; a service that gives up nothing has 96. What is left is the right to make networks, in mounts of the host.
EXPOSURE = 60
SECONDS = 5


def shown(host):
    """What the side effect kept before the reboot, without numbers that the kernel chooses anew."""
    return stable(host.run("/bin/bash -c %s", SHOW).stdout)


def stable(text):
    return [re.sub(r"@if\d+|\bpref \d+|\bexpires \S+", "", line).rstrip() for line in text.splitlines()]


def answers(host, url):
    return host.run("curl --silent --max-time 5 --output /dev/null %s", url).rc == 0


def is_idle(host):
    """Wait until what the kernel announced so far is answered."""
    deadline = time.monotonic() + 20
    while host.run("systemctl is-active hostnet-repair.service").stdout.strip() not in ("inactive", "failed"):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def rules_are_back(host, before):
    """Whether all rules are there again in time."""
    deadline = time.monotonic() + SECONDS
    while shown(host) != before:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_everything_came_back_with_the_boot(host):
    before = stable(host.file("/var/tmp/before-the-reboot").content_string)
    assert len(before) > 40
    assert shown(host) == before
    assert host.check_output("systemctl is-system-running") == "running"


def test_services_in_containers_answer(host):
    for url in ("http://127.0.0.1:8888/", "http://10.20.0.2/", "http://[fd00:20::2]/"):
        assert answers(host, url)
    inside = "ip netns exec container-b curl --silent --max-time 5 --output /dev/null http://container-a/"
    assert host.run(inside).rc == 0
    assert host.service("hostnet-dns-web.service").is_running


def test_the_units_are_in_order(host):
    paths = " ".join("/etc/systemd/system/" + unit for unit in UNITS)
    verified = host.run("systemd-analyze verify --man=no " + paths)
    assert (verified.rc, verified.stdout, verified.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", ["hostnet-restore.service", "hostnet-repair.service"])
def test_the_units_give_up_what_they_do_not_need(host, unit):
    told = host.run("systemd-analyze security --no-pager %s", unit).stdout
    found = re.search(r"Overall exposure level for \S+: (\d+)\.(\d)", told)
    assert int(found.group(1)) * 10 + int(found.group(2)) <= EXPOSURE


@pytest.mark.parametrize(
    "command",
    [
        "nft flush ruleset",
        "iptables -t nat -F",
        "systemctl restart nftables",
        "systemctl reload nftables",
        "systemctl stop nftables",
        "iptables-restore < /dev/null; nft delete table bridge hostnet; nft flush ruleset; nft flush ruleset",
    ],
)
def test_rules_come_back_after_a_flush(host, command):
    is_idle(host)
    before = shown(host)
    host.run(command)
    assert rules_are_back(host, before)
    assert answers(host, "http://127.0.0.1:8888/")


def test_nothing_runs_while_nothing_changes(host):
    """The repair changes the firewall, too, and does not answer itself."""
    host.run("nft flush ruleset")
    time.sleep(1)
    is_idle(host)
    starts = "journalctl --unit hostnet-repair.service --output cat | grep --count --fixed-strings 'Starting'"
    time.sleep(1)
    before = host.run(starts).stdout
    assert int(before) > 0
    time.sleep(3)
    assert host.run(starts).stdout == before
    assert host.check_output("systemctl is-active hostnet-repair.socket") == "active"
    assert not host.run("pgrep --full '[h]ostnet-restore re'").stdout


def test_what_somebody_adds_starts_no_change(host):
    host.run("nft add table inet others")
    time.sleep(1)
    before = shown(host)
    assert "table inet others" in host.run("nft list tables").stdout
    assert shown(host) == before
    host.run("nft delete table inet others")
