# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits of veth pairs: they limit, they read back as they were declared, and their helpers stay out of sight."""

from __future__ import annotations

import dataclasses
import socket
import time

import pytest
from kernel_steps import HOST_END, PEER, container, observed, performed

from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Shaping
from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import DeleteLink, ShapeLink
from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespaces import CreateNamespace

MEGABIT = 10**6
LIMITS = [
    Shaping(10 * MEGABIT, None),
    Shaping(None, 10 * MEGABIT),
    Shaping(10 * MEGABIT, 20 * MEGABIT, 65536),
    Shaping(8000, 8000, 1500),
    Shaping(10**12, 10**12),
    Shaping(10 * MEGABIT, 10 * MEGABIT, 16384),
    Shaping(987648, 123456, 2**30),
]


@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_limits_read_back_as_declared(host, limits):
    state = host.python(performed, [*container(), ShapeLink("veth0", limits)])
    assert state.links["veth0"].shaping == limits
    assert set(state.links) == {"lo", "web", "veth0"}


def test_limits_change_and_go(host):
    host.python(performed, container())
    for limits in (*LIMITS, Shaping()):
        assert host.python(performed, [ShapeLink("veth0", limits)]).links["veth0"].shaping == limits
    assert "ifb" not in host.run("ip link").stdout
    assert "tbf" not in host.run("tc qdisc").stdout


def test_a_burst_smaller_than_a_packet_lets_packets_pass(host):
    limits = Shaping(10 * MEGABIT, 10 * MEGABIT, 1500)
    ends = [dataclasses.replace(end, mtu=9000) for end in (HOST_END, PEER)]
    host.python(performed, [*container(host_end=ends[0], peer=ends[1]), ShapeLink("veth0", limits)])
    assert megabits(host.container("box"), host, "10.20.0.1", 2**18) > 5


@pytest.mark.parametrize(("limits", "to_box"), [(Shaping(20 * MEGABIT), True), (Shaping(None, 20 * MEGABIT), False)])
def test_the_rate_is_kept_in_the_limited_direction_only(host, limits, to_box):
    host.python(performed, [*container(), ShapeLink("veth0", limits)])
    box = host.container("box")
    to, back = megabits(host, box, "10.20.0.2"), megabits(box, host, "10.20.0.1")
    limited, free = (to, back) if to_box else (back, to)
    assert 14 < limited < 23
    assert free > 100


def megabits(source, target, address, size=2**21):
    """Send bytes from one place to another and tell how fast they were taken."""
    server = target.start(["python3", "-c", SINK], stdout=-1)
    server.stdout.readline()
    try:
        return size * 8 / MEGABIT / source.python(seconds_to_send, address, size)
    finally:
        server.kill()
        server.stdout.close()


SINK = """
import socket
listening = socket.create_server(("", 5001))
print("ready", flush=True)
taken, _ = listening.accept()
while taken.recv(65536):
    pass
taken.send(b".")
"""


def seconds_to_send(address, size):
    with socket.create_connection((address, 5001), timeout=20) as sender:
        start = time.monotonic()
        sender.sendall(bytes(size))
        sender.shutdown(socket.SHUT_WR)
        sender.recv(1)
        return time.monotonic() - start


def test_a_helper_goes_with_its_pair(host):
    limited = [*container(), ShapeLink("veth0", Shaping(None, MEGABIT))]
    host.python(performed, [*limited, DeleteLink("veth0", "veth")])
    assert "ifb" not in host.run("ip link").stdout


def test_a_helper_whose_pair_is_gone_is_removed_by_the_next_change(host):
    host.python(performed, [*container(), ShapeLink("veth0", Shaping(None, MEGABIT))])
    host.run("ip link delete veth0")
    assert "ifb" in host.run("ip link").stdout
    host.python(observed_then_changed)
    assert "ifb" not in host.run("ip link").stdout


def observed_then_changed():
    from kernel_steps import EVERYTHING, KernelHost

    with KernelHost() as kernel:
        kernel.observe(EVERYTHING)
        kernel.perform(CreateNamespace("other", "default", True))


def test_a_half_made_limit_does_not_count_and_does_not_stay(host):
    host.python(performed, [*container(), ShapeLink("veth0", Shaping(None, MEGABIT))])
    helper = [link["ifname"] for link in host.run("ip -j link").json if link["ifname"].startswith("ifb")][0]
    host.run(["tc", "qdisc", "delete", "dev", helper, "root"])
    assert host.python(observed).links["veth0"].shaping == Shaping()
    host.python(observed_then_changed)
    assert "ifb" not in host.run("ip link").stdout
    assert "ingress" not in host.run("tc qdisc").stdout


def test_a_queueing_discipline_of_others_is_not_ours(host):
    host.python(performed, container())
    host.run("tc qdisc add dev veth0 root tbf rate 1mbit burst 16kb latency 50ms")
    assert host.python(observed).links["veth0"].shaping == Shaping()
    host.python(performed, [ShapeLink("veth0", Shaping())])
    assert "tbf" in host.run("tc qdisc").stdout
