# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role host_setup says what to do where it cannot install, before it changes anything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAY = [{"hosts": "all", "gather_facts": False, "roles": ["hostnet.containers.host_setup"]}]


def played(host, folder, **variables):
    """Run the role on a throw-away host; return the exit code and all that was printed."""
    play = folder / "play.yml"
    play.write_text(json.dumps(PLAY), encoding="utf-8")
    environment = {
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".dev"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
    }
    program = Path(sys.executable).parent / "ansible-playbook"
    settings = ["%s=%s" % item for item in environment.items()]
    argv = ["env", *settings, str(program), "-i", "localhost,", "-c", "local", str(play), "-e", json.dumps(variables)]
    done = host.run(argv, check=False)
    return done.rc, done.stdout + done.stderr


@pytest.fixture
def managed(tmp_path):
    """A Python that is managed by the distribution, as PEP 668 has it, and that finds no pyroute2."""
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\nexec /usr/bin/python3 -I "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    marker = subprocess.run(
        ["/usr/bin/python3", "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return str(python), Path(marker) / "EXTERNALLY-MANAGED"


def test_pip_is_refused_where_the_distribution_forbids_it(host, tmp_path, managed):
    python, marker = managed
    # The /etc of a throw-away host is its own, its /usr is the machine's: Debian 12 and newer have the marker.
    assert marker.exists()
    rc, told = played(host, tmp_path, host_setup_pyroute2="pip", ansible_python_interpreter=python)
    assert rc != 0
    words = " ".join(told.replace("\\n", " ").split())
    for remedy in ("PEP 668", "host_setup_pyroute2 to package", "virtual environment", "--break-system-packages"):
        assert remedy in words
    assert host.leaks() == []


def test_the_drop_ins_come_once(host, tmp_path):
    variables = {"host_setup_pyroute2": "none", "ansible_python_interpreter": sys.executable}
    rc, told = played(host, tmp_path, **variables)
    assert rc == 0, told
    for path in ("/etc/udev/rules.d/80-hostnet.rules", "/etc/systemd/network/05-hostnet.network"):
        assert "HOSTNET" in host.run(["cat", path]).stdout
    rc, told = played(host, tmp_path, **variables)
    assert (rc, "changed=0" in told) == (0, True), told


def test_the_drop_ins_can_be_left_out(host, tmp_path):
    variables = {"host_setup_unmanaged": False, "ansible_python_interpreter": sys.executable}
    rc, told = played(host, tmp_path, **variables)
    assert rc == 0, told
    assert host.run(["test", "-e", "/etc/udev/rules.d/80-hostnet.rules"], check=False).rc == 1
