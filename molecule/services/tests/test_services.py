# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role container_service left on a whole host, and what becomes of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

UNITS = ("hostnet-run-container-a.service", "hostnet-run-shown.service", "hostnet-run-on-the-host.service")
# What systemd says of a service that gives up nothing is 9.6; of those of distributions most are above 8.
EXPOSURE = 20
GIVEN = "%n $HOME ${HOME} \\ \" ' ; \t end"


def network_of(host, unit):
    pid = host.check_output("systemctl show --value --property MainPID %s", unit)
    return host.check_output("stat --dereference --format %%i /proc/%s/ns/net", pid)


def namespace(host, name):
    return host.check_output("stat --format %%i /run/netns/%s", name)


def until(condition, seconds=20):
    """Wait for something that a service does in its own time."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.2)
    return condition()


def play(tmp_path, tasks, *options):
    """Run tasks on the guest, by the inventory that Molecule made; returns the process."""
    name = "hostnet-services"
    folder = Path(__file__).resolve().parents[3] / ".cache" / "guests"
    variables = {
        "ansible_connection": "nspawn",
        "ansible_python_interpreter": "/usr/bin/python3",
        "nspawn_pid_file": str(folder / name / "pid"),
    }
    inventory = tmp_path / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": {name: variables}}}), encoding="utf-8")
    playbook = tmp_path / "play.json"
    playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    # Without colours, so that the counts of the recap can be read.
    return subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(inventory), str(playbook), *options],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"},
    )


def service(**variables):
    """A task that calls the role."""
    return {
        "include_role": {"name": "hostnet.containers.container_service"},
        "vars": {"container_service_" + name: value for name, value in variables.items()},
    }


@pytest.mark.parametrize("unit", UNITS)
def test_a_service_runs_and_is_enabled(host, unit):
    assert host.service(unit).is_running
    assert host.service(unit).is_enabled


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_no_fault_in_the_unit(host, unit):
    told = host.run("systemd-analyze verify %s", unit)
    assert (told.rc, told.stdout, told.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", UNITS)
def test_little_is_exposed(host, unit):
    told = host.run("systemd-analyze security --no-pager --threshold=%s %s", str(EXPOSURE), unit)
    assert told.rc == 0, told.stdout


def test_each_is_in_its_network(host):
    assert network_of(host, UNITS[0]) == namespace(host, "container-a")
    assert network_of(host, UNITS[1]) == namespace(host, "of-b")
    assert network_of(host, UNITS[2]) == host.check_output("stat --dereference --format %i /proc/1/ns/net")


def test_the_published_port_answers(host):
    assert until(lambda: host.run("curl --fail --silent http://127.0.0.1:8888/").rc == 0)


def test_every_argument_and_variable_arrives_as_it_is(host):
    given = host.file("/var/lib/hostnet-run-shown/given")
    assert until(lambda: given.exists)
    assert json.loads(given.content_string) == {
        "argv": [GIVEN, ";", ""],
        "value": "%n $HOME \\ \" ' a\nb",
        # It has the names of its container.
        "a": "10.20.0.2",
    }


def test_it_is_nobody_and_changes_nothing(host):
    pid = host.check_output("systemctl show --value --property MainPID %s", UNITS[1])
    status = host.check_output("cat /proc/%s/status", pid)
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert fields["Uid"].split()[0] not in ("0", "65534")
    assert int(fields["CapEff"], 16) == int(fields["CapBnd"], 16) == 0
    assert fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2"


def test_a_service_follows_its_namespace(host, tmp_path):
    """It is restarted when the namespace is made anew, whether or not somebody says so."""
    host.check_output("ip netns delete of-b")
    made = {
        "hostnet.containers.network": {
            "name": "web",
            "subnets": ["10.20.0.0/24"],
            "containers": [
                {"name": "container-a", "addresses": ["10.20.0.2"], "ports": ["8888:80"]},
                {"name": "container-b", "netns": "of-b", "addresses": ["10.20.0.3"]},
            ],
        },
        "register": "made",
    }
    before = network_of(host, UNITS[0])
    unit = {"name": "shown", "container": "container-b", "netns": "of-b", "command": ["/bin/sleep", "infinity"]}
    said = service(**unit, remade="{{ made.remade }}")
    told = play(tmp_path, [made, {"assert": {"that": "made.remade == ['container-b']"}}, said])
    assert told.returncode == 0, told.stdout + told.stderr
    assert network_of(host, UNITS[1]) == namespace(host, "of-b")
    host.check_output("ip netns delete of-b")
    told = play(tmp_path, [made, service(**unit)])
    assert told.returncode == 0, told.stdout + told.stderr
    assert network_of(host, UNITS[1]) == namespace(host, "of-b")
    told = play(tmp_path, [made, service(**unit)])
    assert "changed=0" in told.stdout, told.stdout
    # The other one has not been touched.
    assert network_of(host, UNITS[0]) == before


@pytest.mark.parametrize(
    "variables",
    [
        {"name": "a/../b"},
        {"name": "a\nUser=root"},
        {"netns": "a b"},
        {"command": "sleep 1"},
        {"command": "/bin/sleep 1\nUser=root"},
        {"command": ["sleep"]},
        {"command": ["/bin/sl eep"]},
        {"command": []},
        {"user": "root\nX"},
        {"description": "a\nUser=root"},
        {"environment": {"A\nB": "1"}},
        {"capabilities": ["CAP_SYS_ADMIN\nUser=root"]},
        {"writable_paths": ["relative"]},
        {"after": ["a.service b.service"]},
        {"system_calls": ["@system-service\nX"]},
        {"memory_max": "lots"},
        {"restart": "sometimes"},
        {"comand": ["/bin/sleep"]},
    ],
)
def test_what_is_no_value_is_refused_and_nothing_written(host, tmp_path, variables):
    told = play(tmp_path, [service(**{"name": "refused", "command": ["/bin/sleep", "1"], **variables})])
    assert told.returncode != 0
    assert host.run("ls /etc/systemd/system/hostnet-run-refused.service").rc != 0
    assert host.check_output("systemctl list-units --plain --no-legend 'hostnet-run-*' | wc -l") == "3"


def test_check_mode_changes_nothing(host, tmp_path):
    fresh = service(name="checked", netns="host", command=["/bin/sleep", "1"])
    told = play(tmp_path, [fresh], "--check")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "changed=1" in told.stdout, told.stdout
    assert not host.file("/etc/systemd/system/hostnet-run-checked.service").exists


def test_absent_leaves_nothing(host, tmp_path):
    before = host.check_output("find /etc/systemd /var/lib /run/systemd/system -path '*hostnet-run-gone*' | sort")
    command = ["/bin/sh", "-c", "echo written >file; exec sleep infinity"]
    told = play(tmp_path, [service(name="gone", netns="host", command=command)])
    assert told.returncode == 0, told.stdout + told.stderr
    assert until(lambda: host.file("/var/lib/hostnet-run-gone/file").exists)
    told = play(tmp_path, [service(name="gone", state="absent")])
    assert told.returncode == 0, told.stdout + told.stderr
    assert "changed=0" not in told.stdout, told.stdout
    found = "find /etc/systemd /var/lib /run/systemd /run -xdev -path '*hostnet-run-gone*' | sort"
    assert host.check_output(found) == before == ""
    assert host.check_output("systemctl list-units --all --plain --no-legend 'hostnet-run-gone*'") == ""
    assert "changed=0" in play(tmp_path, [service(name="gone", state="absent")]).stdout
