# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of others join the network of a container, in the ways that docs/joining.md shows."""

from __future__ import annotations

import contextlib
import json
import shutil

import pytest
from dockerd import Dockerd

ADDRESS = "10.20.0.2"
NETWORK = {
    "name": "web",
    "subnets": ["10.20.0.0/24"],
    "containers": [{"name": "a", "addresses": [ADDRESS]}, {"name": "b", "addresses": ["10.20.0.3"]}],
}
# A tree with one program, which shows the addresses of its network, and the names that it has.
TREE = """
mkdir -p /run/tree/etc /run/tree/proc /run/tree/usr /run/tree/dev /run/tree/sys && cd /run/tree
for file in /bin/cat $(ldd /bin/cat | grep -o '/[^ ]*'); do cp --parents "$file" .; done
touch etc/hosts etc/resolv.conf etc/os-release
"""
SHOWN = ["/bin/cat", "/proc/net/fib_trie", "/etc/hosts"]
NAMES = {"hosts": "/etc/hosts", "resolv.conf": "/etc/resolv.conf"}
MOUNTS = [
    {"destination": "/proc", "type": "proc", "source": "proc"},
    *(
        {"destination": inside, "source": "/etc/netns/a/" + name, "type": "bind", "options": ["bind", "ro"]}
        for name, inside in NAMES.items()
    ),
]
BUNDLE = {
    "ociVersion": "1.0.0",
    "process": {"args": SHOWN, "cwd": "/", "user": {"uid": 0, "gid": 0}, "env": ["PATH=/bin"]},
    "root": {"path": "/run/tree", "readonly": True},
    "mounts": MOUNTS,
    "linux": {"namespaces": [{"type": "network", "path": "/run/netns/a"}, {"type": "mount"}, {"type": "pid"}]},
}


@pytest.fixture
def joined(host):
    host.run(["sh", "-euc", TREE])
    host.run("mount -t cgroup2 none /sys/fs/cgroup")
    host.module("network", **NETWORK)
    return host


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason="the program %s is not installed" % program)


def is_in_a(shown):
    """Whether a program saw the addresses and the names of the container."""
    return "|-- %s\n" % ADDRESS in shown and "10.20.0.3 b\n" in shown and "127.0.0.1 localhost" in shown


def test_ip_netns_exec(joined):
    assert is_in_a(joined.run(["ip", "netns", "exec", "a", *SHOWN]).stdout)


@needs("systemd-nspawn")
def test_systemd_nspawn(joined):
    binds = ["--bind-ro=/etc/netns/a/%s:%s" % item for item in NAMES.items()]
    flags = ["--quiet", "--register=no", "--keep-unit", "--resolv-conf=off", "--as-pid2"]
    words = ["systemd-nspawn", *flags, "--network-namespace-path=/run/netns/a", *binds, "-D", "/run/tree", *SHOWN]
    shown = joined.run(["env", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1", *words])
    assert is_in_a(shown.stdout), shown.stdout + shown.stderr


@pytest.mark.parametrize(
    "runtime", [pytest.param("crun", marks=needs("crun")), pytest.param("runc", marks=needs("runc"))]
)
def test_a_runtime_with_a_bundle(joined, runtime):
    joined.run(["mkdir", "/run/bundle"])
    joined.run(["tee", "/run/bundle/config.json"], stdin=json.dumps(BUNDLE))
    shown = joined.run([runtime, "--root", "/run/runtime", "run", "--bundle", "/run/bundle", "in-a"])
    assert is_in_a(shown.stdout), shown.stdout + shown.stderr


@needs("dockerd")
def test_docker_without_a_network_of_its_own(joined):
    """The namespace of a container of Docker gets a name, and a network of ours."""
    joined.run("umount /sys/fs/cgroup")
    with contextlib.closing(Dockerd(joined)) as docker:
        theirs = docker.container("theirs", "--network", "none")
        pid = int(docker.docker("inspect", "-f", "{{.State.Pid}}", "theirs").stdout)
        joined.module("netns", name="theirs", pid=pid)
        cable = {"netns": "theirs", "bridge": "br-web", "addresses": ["10.20.0.9/24"], "gateways": ["10.20.0.1"]}
        joined.module("veth_pair", **cable)
        joined.module("port_publish", host_port=8080, container_ip="10.20.0.9", container_port=80)
        theirs.serve_tcp(80, "I am Docker's")
        assert joined.ask("127.0.0.1", 8080).reply == "I am Docker's"
        assert joined.container("a").ask("10.20.0.9", 80).client == ADDRESS
        theirs.close()
        joined.module("port_publish", host_port=8080, container_ip="10.20.0.9", container_port=80, state="absent")
        joined.module("veth_pair", netns="theirs", state="absent")
        joined.module("netns", name="theirs", state="absent")
        assert docker.docker("inspect", "-f", "{{.State.Running}}", "theirs").stdout.strip() == "true"
