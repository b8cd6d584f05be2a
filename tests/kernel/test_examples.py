# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in `examples` works as it is."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from fleet import Fleet, recap

from hosts import Host

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


def test_the_scenario_of_somebody_elses_role(lab, tmp_path):
    host = lab.host
    # As a role elsewhere is: no other Molecule project around it.
    folder = shutil.copytree(EXAMPLES / "molecule", tmp_path / "page")
    host.remember()
    settings = {
        "ANSIBLE_COLLECTIONS_PATH": ROOT / ".dev",
        "ANSIBLE_NOCOLOR": "1",
        "HOME": tmp_path,
        "LC_ALL": "C.UTF-8",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/sbin", "/usr/bin", "/sbin", "/bin"]),
    }
    given = ["%s=%s" % item for item in settings.items()]
    told = host.run(["env", "--chdir", str(folder), *given, "molecule", "test"], check=False, timeout=300)
    assert told.rc == 0, told.stdout + told.stderr
    assert host.leaks() == []


@pytest.mark.parametrize(
    ("example", "told"),
    [
        ("one-host", {"web +10.20.0.2/24, fd00:20::2/64 +tcp 80 -> 8080, tcp 443 -> 8443": 1}),
        ("shop", {"database +10.42.0.10/24 +tcp 5432 -> 5432": 1, "tcp 127.0.0.1:8631 -> 631": 1}),
        ("fleet", {"worker-3 +10.101.[0-9]+.4/24 +tcp 8003 -> 8000": 8, "database +10.103.12.2/24": 1}),
    ],
)
def test_an_inventory_from_nothing_to_networks_and_back(example, told, tmp_path):
    listed = yaml.safe_load((EXAMPLES / example / "hosts.yml").read_text(encoding="utf-8"))["all"]
    groups = [listed, *listed.get("children", {}).values()]
    names = sorted({name for group in groups for name in group.get("hosts", {})})
    with contextlib.ExitStack() as stack:
        hosts = {name: stack.enter_context(Host()) for name in names}
        for host in hosts.values():
            host.remember()
        # The example as it is; this only says how its hosts are reached.
        fleet = Fleet(tmp_path, hosts, {name: {} for name in names})
        given = ("-i", str(EXAMPLES / example), "--forks", "4")
        code, printed = fleet.play("hostnet.containers.site", "--tags", "hostnet_networks", *given)
        assert code == 0, printed
        assert {recap(printed, name)["changed"] for name in names} == {1}
        # The number of tasks does not depend on what a host has. The first one tells the table.
        assert len({recap(printed, name)["ok"] for name in names[1:]}) <= 1
        code, printed = fleet.play("hostnet.containers.inspect", *given)
        assert code == 0, printed
        for pattern, count in told.items():
            assert len(re.findall(pattern, printed)) == count, (pattern, printed)
        code, printed = fleet.play("hostnet.containers.teardown", *given)
        assert code == 0, printed
        assert [host.leaks() for host in hosts.values()] == [[]] * len(names)
