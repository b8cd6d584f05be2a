# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role `bridge_network`, run by `ansible-playbook` on throw-away hosts: both ways lead to the same host."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from pictures import of_host

from hosts import Lab, snapshot

ROOT = Path(__file__).resolve().parents[2]
WEB = {
    "name": "web",
    "subnets": ["10.20.0.0/24", "fd00:20::/64"],
    "masquerade": "192.0.2.1",
    "reserved": ["10.20.0.2/32"],
    "dns_servers": ["192.0.2.53"],
    "forward_policy": "auto",
    "containers": [
        {
            "name": "a",
            "ports": ["8888:80"],
            "rate_from_container": "10mbit",
            "sysctls": {"net.ipv4.ip_default_ttl": 77},
        },
        {"name": "b", "peer": "net0", "routes": [{"to": "198.51.100.0/24", "via": "10.20.0.3"}], "anti_spoof": False},
    ],
}
SMALLER = {**WEB, "mtu": 1400, "icc": False, "masquerade": False, "containers": [{"name": "b", "ports": ["8888:81"]}]}


def play(host, folder, *arguments, **variables):
    """Run the role; returns the program's result."""
    named = {"bridge_network_" + name: value for name, value in variables.items()}
    playbook = [{"hosts": "all", "gather_facts": False, "roles": [{"role": "hostnet.containers.bridge_network"}]}]
    (folder / "play.yml").write_text(json.dumps(playbook), encoding="utf-8")
    (folder / "vars.json").write_text(json.dumps(named), encoding="utf-8")
    settings = {
        "ANSIBLE_COLLECTIONS_PATH": ROOT / ".dev",
        "ANSIBLE_HOME": folder / "ansible",
        "ANSIBLE_NOCOLOR": "1",
        "HOME": folder,
        "LC_ALL": "C.UTF-8",
    }
    given = ["%s=%s" % item for item in settings.items()]
    program = str(Path(sys.executable).parent / "ansible-playbook")
    python = "ansible_python_interpreter=" + sys.executable
    argv = [
        "env",
        *given,
        program,
        "-i",
        "localhost,",
        "-c",
        "local",
        "-e",
        python,
        "-e",
        "@%s" % (folder / "vars.json"),
    ]
    return host.run([*argv, *arguments, str(folder / "play.yml")], check=False, timeout=300)


def converged(told):
    """How many tasks changed something."""
    assert told.rc == 0, told.stdout + told.stderr
    return int(re.search("changed=([0-9]+)", told.stdout).group(1))


def test_both_ways_lead_to_the_same_host_and_find_nothing_to_do_again(tmp_path):
    with Lab() as one, Lab() as other:
        one.host.remember()
        other.host.remember()
        for options in (WEB, SMALLER):
            assert converged(play(one.host, tmp_path, **options)) == 1
            assert converged(play(other.host, tmp_path, apply="modules", **options)) > 1
            assert snapshot.differences(one.host.python(of_host), other.host.python(of_host)) == []
        # One way takes over from the other.
        assert converged(play(one.host, tmp_path, apply="modules", **SMALLER)) == 0
        assert converged(play(other.host, tmp_path, **SMALLER)) == 0
        assert converged(play(one.host, tmp_path, name="web", state="absent")) == 1
        assert converged(play(other.host, tmp_path, name="web", state="absent", apply="modules")) > 1
        assert one.host.leaks() == other.host.leaks() == []


@pytest.mark.parametrize("apply", ["transaction", "modules"])
def test_check_mode_on_a_fresh_host_changes_nothing_and_does_not_fail(lab, tmp_path, apply):
    lab.host.remember()
    assert converged(play(lab.host, tmp_path, "--check", "--diff", apply=apply, **WEB)) >= 1
    assert lab.host.leaks() == []


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"masquerde": False}, "there is no bridge_network_masquerde; did you mean bridge_network_masquerade?"),
        (
            {"intern": True, "aply": "x"},
            "did you mean bridge_network_apply?; there is no bridge_network_intern; did you",
        ),
        ({"host_access": "some"}, "value of bridge_network_host_access must be one of: all, published, none"),
        ({"containers": [{"name": "a", "port": ["80:80"]}]}, "bridge_network_containers.port"),
        ({"containers": [{"name": "a", "routes": [{"too": "::/0"}]}]}, "too"),
        ({"masquerade": "192.0.2.999"}, "masquerade: '192.0.2.999' is not an IP address"),
    ],
)
@pytest.mark.parametrize("apply", ["transaction", "modules"])
def test_what_is_wrong_is_refused_before_anything_changes(host, tmp_path, apply, variables, message):
    if apply == "modules" and "masquerade" not in variables:
        pytest.skip("it is refused before the two ways part")
    told = play(host, tmp_path, name="web", subnets=["10.20.0.0/24"], apply=apply, **variables)
    assert told.rc != 0
    assert message in " ".join(told.stdout.split()), told.stdout
    assert host.leaks() == []
