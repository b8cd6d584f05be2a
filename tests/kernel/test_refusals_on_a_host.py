# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only the host can tell is refused before anything changes, by one sentence with the remedy."""

from __future__ import annotations

import os

import pytest
from networks import CONTAINERS, GATEWAY, web

A = CONTAINERS["container-a"]
MISSING = [
    ("veth_pair", {"netns": "ghost"}, "there is no namespace ghost; create it first with the module netns"),
    (
        "veth_pair",
        {"netns": "container-a", "bridge": "ghost"},
        "there is no bridge ghost; create it first with the module bridge",
    ),
    (
        "port_publish",
        {"host_port": 80, "container_ip": A, "bridge": "ghost"},
        "there is no bridge ghost; create it first",
    ),
    (
        "port_publish",
        {"host_port": 80, "container_ip": "10.99.0.2"},
        "container_ip 10.99.0.2 is in the subnet of no bridge",
    ),
    ("masquerade", {"source": "10.20.0.0/24", "bridge": "ghost"}, "there is no bridge ghost; create it first"),
    ("forwarding", {"bridge": "ghost"}, "there is no bridge ghost; create it first"),
    ("bridge", {"name": "other", "members": ["ghost"]}, "members: there is no interface ghost"),
    (
        "bridge",
        {"name": "other", "addresses": ["10.20.0.254/25"]},
        "10.20.0.254/25 overlaps 10.20.0.1/24 of interface web",
    ),
    (
        "veth_pair",
        {"netns": "container-b", "peer": "eth1", "bridge": "web", "addresses": [GATEWAY + "/24"]},
        "is the address of bridge web",
    ),
    ("netns", {"name": "x", "pid": 4194303}, "4194303"),
    ("netns", {"name": "x", "path": "/etc/passwd"}, "/etc/passwd"),
]


@pytest.mark.parametrize(
    ("module", "options", "sentence"), MISSING, ids=[sentence[:40] for _m, _o, sentence in MISSING]
)
def test_what_is_missing_is_named_and_nothing_changes(host, module, options, sentence):
    web(host)
    before = host.snapshot()
    message = host.module_fails(module, **options)
    assert sentence in message
    assert "Traceback" not in message
    assert "\n" not in message
    assert host.leaks(before) == []


def test_check_mode_takes_what_is_missing_for_granted(host):
    for module, options, _sentence in MISSING[:6]:
        assert host.module(module, check=True, **options)["changed"]
    assert host.leaks() == []


def _as_nobody(run, module, options):
    # What Python imports only now may lie where nobody may read.
    run(module, options, True, False)
    os.setgid(65534)
    os.setuid(65534)
    return run(module, options, False, False)


def test_without_root_the_remedy_is_become(host):
    from hosts import module_run

    module_run.warm_up("netns")
    result = host.python(_as_nobody, module_run.run, "netns", {"name": "a"})
    assert result["failed"]
    assert "root" in result["msg"]
    assert "become" in result["msg"]


def _without_pyroute2(run, module, options):
    import sys

    for name in [name for name in sys.modules if name.partition(".")[0] == "pyroute2"]:
        del sys.modules[name]
    sys.modules["pyroute2"] = None
    return run(module, options, False, False)


def test_without_pyroute2_the_remedy_is_a_package(host):
    from hosts import module_run

    module_run.warm_up("netns")
    result = host.python(_without_pyroute2, module_run.run, "netns", {"name": "a"})
    assert result["failed"]
    assert "pyroute2 0.7.2 or newer" in result["msg"]
    assert host.leaks() == []


def _with_path(path, run, module, options):
    from ansible_collections.hostnet.containers.plugins.module_utils import programs

    programs._PATH = path
    os.environ["PATH"] = path
    return run(module, options, False, False)


def test_without_iptables_the_remedy_is_a_package(host):
    from hosts import module_run

    host.module("bridge", name="web", addresses=[GATEWAY + "/24"])
    module_run.warm_up("port_publish")
    options = {"host_port": 8888, "container_ip": A}
    before = host.snapshot()
    result = host.python(_with_path, "/nonexistent", module_run.run, "port_publish", options)
    assert result["failed"]
    assert "iptables is not available on the host; install the package iptables" in result["msg"]
    assert host.leaks(before) == []


def test_a_kernel_without_a_match_is_reported_in_one_sentence(host, tmp_path):
    from hosts import module_run

    restore = tmp_path / "iptables-restore"
    restore.write_text("#!/bin/sh\necho \"iptables-restore v1.8.9: Couldn't load match 'conntrack'\" >&2\nexit 2\n")
    restore.chmod(0o755)
    save = tmp_path / "iptables-save"
    save.write_text("#!/bin/sh\n")
    save.chmod(0o755)
    host.module("bridge", name="web", addresses=[GATEWAY + "/24"])
    module_run.warm_up("masquerade")
    before = host.snapshot()
    result = host.python(_with_path, str(tmp_path), module_run.run, "masquerade", {"source": "10.20.0.0/24"})
    assert result["failed"]
    assert "Couldn't load match 'conntrack'" in result["msg"]
    assert host.leaks(before) == []
