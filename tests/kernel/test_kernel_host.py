# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The adapter as a whole: what it needs, what it leaves behind, what it costs."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import threading
import time

import pytest
from kernel_steps import (
    BRIDGE,
    EVERYTHING,
    HOST_END,
    PEER,
    KernelHost,
    container,
    interface,
    observed,
    performed,
    route,
)

from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Shaping
from ansible_collections.hostnet.containers.plugins.module_utils.steps.addresses import AddAddress
from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import (
    CreateBridge,
    CreateVeth,
    DeleteLink,
    ShapeLink,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespaces import (
    CreateNamespace,
    DeleteNamespace,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.routes import AddRoute


def test_nothing_stays_open_and_no_thread_stays(host):
    assert host.python(left_after_use) == (0, 1)


def left_after_use():
    before = len(os.listdir("/proc/self/fd"))
    for _round in range(3):
        performed([*container(), AddRoute("box", "eth0", route("0.0.0.0/0", via="10.20.0.1"))])
        performed([DeleteLink("veth0", "veth"), DeleteLink("web", "bridge"), DeleteNamespace("box")])
    return len(os.listdir("/proc/self/fd")) - before, threading.active_count()


def test_all_that_was_made_can_be_taken_away(host):
    shaped = [ShapeLink("veth0", Shaping(10**6, 10**6))]
    gone = [DeleteLink("veth0", "veth"), DeleteLink("web", "bridge"), DeleteNamespace("box")]
    host.python(performed, container() + shaped + gone)
    assert not host.leaks()


def test_the_process_stays_in_the_host(host):
    assert host.python(namespaces_before_and_after) == 1


def namespaces_before_and_after():
    before = os.readlink("/proc/self/ns/net")
    performed(container())
    while len(os.listdir("/proc/self/task")) > 1:
        """A thread that was joined is still listed for a moment."""
    return len({before, os.readlink("/proc/self/ns/net")})


def test_looking_needs_no_import_of_pyroute2(host):
    host.python(performed, container())
    code = "import sys; from kernel_steps import observed; observed(); print('pyroute2' in ' '.join(sys.modules))"
    path = os.pathsep.join(entry for entry in sys.path if entry)
    assert host.run(["env", "PYTHONPATH=" + path, sys.executable, "-c", code]).stdout == "False\n"


def test_the_rest_of_pyroute2_can_still_be_imported_after_use(host):
    code = (
        "from kernel_steps import *; performed([CreateBridge(BRIDGE)]); "
        "from pyroute2 import IPRoute; ipr = IPRoute(); print(len(ipr.link_lookup(ifname='web'))); ipr.close()"
    )
    path = os.pathsep.join(entry for entry in sys.path if entry)
    assert host.run(["env", "PYTHONPATH=" + path, sys.executable, "-c", code]).stdout == "1\n"


def test_no_rights_are_told(host):
    code = "from ansible_collections.hostnet.containers.plugins.module_utils.kernel import requirements as r; r.check()"
    path = os.pathsep.join(entry for entry in sys.path if entry)
    argv = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", "env", "PYTHONPATH=" + path]
    told = host.run([*argv, sys.executable, "-c", code], check=False).stderr
    assert "the module runs as uid 0 without CAP_NET_ADMIN; run it as root (become: true)" in told


@pytest.mark.parametrize(
    ("version", "told"),
    [
        (None, "pyroute2 0.7.2 or newer is required on the host; install python3-pyroute2"),
        ("0.5.14", "pyroute2 0.5.14 in "),
        ("0.7.2", ""),
        ("0.10.0", ""),
    ],
)
def test_a_missing_or_old_pyroute2_is_told(tmp_path, version, told):
    if version is not None:
        (tmp_path / "pyroute2" / "config").mkdir(parents=True)
        (tmp_path / "pyroute2" / "__init__.py").touch()
        (tmp_path / "pyroute2" / "config" / "version.py").write_text("__version__ = '%s'\n" % version)
    collections = os.path.join(os.path.dirname(__file__), "..", "..", ".dev")
    code = "from ansible_collections.hostnet.containers.plugins.module_utils.kernel import requirements as r; r.check()"
    argv = [sys.executable, "-S", "-E", "-c", "import sys; sys.path[:0] = %r; " % [str(tmp_path), collections] + code]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert told in done.stderr
    assert bool(done.returncode) is bool(told)


def test_a_pyroute2_that_cannot_be_imported_is_told(host, tmp_path):
    (tmp_path / "pyroute2").mkdir()
    (tmp_path / "pyroute2" / "__init__.py").write_text("import what_the_package_forgot\n")
    path = os.pathsep.join([str(tmp_path), *(entry for entry in sys.path if entry)])
    code = "from kernel_steps import *; print(refusal(CreateBridge(BRIDGE)))"
    told = host.run(["env", "PYTHONPATH=" + path, sys.executable, "-c", code]).stdout
    assert told.startswith(
        "pyroute2 cannot be imported on the host (No module named 'what_the_package_forgot'); install"
    )


def test_a_failure_is_one_sentence(host):
    from kernel_steps import refusal

    step = AddAddress(None, "web", interface("10.20.0.1/24"))
    assert host.python(refusal, step) == "cannot add address 10.20.0.1/24 to web: there is no interface web"


def test_an_unchanged_host_is_observed_the_same(host):
    assert host.python(performed, container()) == host.python(observed)


NUMBER = 200


def test_two_hundred_containers_cost_little(host):
    """Beside iproute2, which makes the same in one batch for the host and one process for each namespace."""
    made, looked, removed = host.python(seconds_for_many)
    raw = seconds(make_many_by_iproute2, host)
    assert made < 2 * raw
    assert looked < raw / 2
    assert removed < raw


def make_many_by_iproute2(host):
    batch = ["link add raw0 type bridge"]
    for number in range(NUMBER):
        batch += ["netns add raw%d" % number]
        batch += ["link add raw-%d master raw0 type veth peer name eth0 netns raw%d" % (number, number)]
    host.run(["ip", "-batch", "-"], stdin="\n".join(batch))
    for number in range(NUMBER):
        inside = ["address add 10.21.1.%d/16 dev eth0" % (number + 1), "link set eth0 up"]
        host.run(["ip", "-n", "raw%d" % number, "-batch", "-"], stdin="\n".join(inside))


def seconds_for_many():
    many = [(CreateNamespace("box%d" % number, "default", True)) for number in range(NUMBER)]
    for number in range(NUMBER):
        name = "box%d" % number
        end = dataclasses.replace(HOST_END, name="veth%d" % number, netns=name)
        many.append(CreateVeth(end, dataclasses.replace(PEER, mac=None)))
        many.append(AddAddress(name, "eth0", interface("10.20.1.%d/16" % (number + 1))))
        many.append(AddRoute(name, "eth0", route("0.0.0.0/0", via="10.20.0.1")))
    gone = [DeleteLink("veth%d" % number, "veth") for number in range(NUMBER)]
    gone += [DeleteNamespace("box%d" % number) for number in range(NUMBER)]
    with KernelHost() as kernel:
        kernel.perform(CreateBridge(BRIDGE))
        return (
            seconds(kernel.perform_all, many),
            seconds(kernel.observe, EVERYTHING),
            seconds(kernel.perform_all, gone),
        )


def seconds(function, *arguments):
    start = time.monotonic()
    function(*arguments)
    return time.monotonic() - start
