# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One transaction: all or nothing, in turn, and without touching the traffic of what stays."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading

import pytest
from interruption import failed_at, killed_at

from hosts.child import ChildFailed
from hosts.host import Host
from hosts.lab import HOST

STREAMS = os.path.join(os.path.dirname(__file__), "streams.py")
SECONDS = 6
A = {"name": "container-a", "ports": ["8888:80", "5000:5000/udp", "7000:7000"]}


def web(*containers, **options):
    return dict({"name": "web", "subnets": ["10.20.0.0/24"], "containers": list(containers)}, **options)


def start(place, function, *arguments):
    argv = [sys.executable, STREAMS, function, *map(str, arguments)]
    return place.start(argv, stdout=subprocess.PIPE, text=True)


def result(process):
    return json.loads(process.communicate(timeout=4 * SECONDS)[0])


def test_traffic_of_what_stays_is_never_interrupted(lab):
    lab.host.module("network", **web(A))
    inside = lab.host.container("container-a")
    inside.serve_tcp(80, "a")
    receiving = start(inside, "count_datagrams", 5000, SECONDS + 4)
    start(inside, "echo", 7000, SECONDS + 4)
    lab.lan.ask(HOST, 8888)
    sending = start(lab.lan, "send_datagrams", HOST, 5000, SECONDS)
    connecting = start(lab.lan, "keep_connecting", HOST, 8888, SECONDS)
    talking = start(lab.lan, "keep_talking", HOST, 7000, SECONDS)
    changes = 0
    while sending.poll() is None:
        others = [{"name": "c%d" % number, "ports": ["%d:80" % (9000 + number)]} for number in range(changes % 4)]
        lab.host.module("network", **web(A, *others, icc=changes % 3 != 1, isolate=changes % 5 != 2))
        lab.host.module("network", name="db", subnets=["10.30.0.0/24"], state="absent" if changes % 2 else "present")
        changes += 1
    sent, came = result(sending), result(receiving)
    assert changes >= 4
    assert sent["sent"] > 500
    assert came == {"came": sent["sent"], "last": sent["sent"] - 1}
    connected = result(connecting)
    assert connected["failures"] == []
    assert connected["worked"] > 100
    talked = result(talking)
    assert talked["came"] > 100
    assert talked["longest"] < 1.0


CALL = web(
    {"name": "container-a", "ports": ["8888:80", "53:53/udp"], "networks": ["back"]},
    {"name": "container-b", "addresses": ["10.20.0.9"]},
)
BACK = {"name": "back", "subnets": ["10.30.0.0/24", "fd00:30::/64"], "internal": True}
BOTH = ("network", {"networks": [CALL, BACK]})
# What changes, goes and comes: every kind of step, from a host that has networks already.
CHANGED = (
    "network",
    {
        "networks": [
            web(
                {"name": "container-a", "ports": ["8889:80"], "addresses": ["10.20.0.7"], "mac": "02:42:00:00:00:07"},
                {"name": "container-c"},
                isolate=False,
                icc=False,
                mtu=1400,
                gateways=["10.20.0.254"],
            ),
            {"name": "back", "state": "absent"},
        ]
    },
)
REMOVAL = ("network", {"networks": [{"name": "web", "state": "absent"}, {"name": "back", "state": "absent"}]})
CALLS = {"build": ([], BOTH), "change": ([BOTH], CHANGED), "remove": ([BOTH], REMOVAL)}


# Each call is tried at every moment at which it asks the kernel, or a program, to change something. The moments are
# dealt out to a few tests, so that these can run side by side.
PARTS = 4
PLACES = [(name, part) for name in CALLS for part in range(1, PARTS + 1)]


@pytest.mark.parametrize(("name", "part"), PLACES)
def test_a_call_that_fails_leaves_everything_as_it_was(iptables_backend, name, part):
    earlier, (module, options) = CALLS[name]
    for moment in itertools.count(part, PARTS):
        with Host(iptables_backend) as host:
            for earlier_module, earlier_options in earlier:
                host.module(earlier_module, **earlier_options)
            before = host.snapshot()
            count, (outcome,) = host.python(failed_at, moment, [(module, options)])
            if count < moment:
                break
            if outcome.get("failed"):
                assert "injected failure" in outcome["msg"]
                assert "taking back" not in outcome["msg"]
                assert host.leaks(before) == []
            else:
                # Neighbours are told of an address as a courtesy: its failure is no reason to take the address back.
                assert not host.module(module, **options)["changed"]
    assert moment > 2 * PARTS


@pytest.mark.parametrize(("name", "part"), PLACES)
def test_a_call_that_is_killed_is_completed_by_the_next(iptables_backend, name, part):
    earlier, (module, options) = CALLS[name]
    for moment in itertools.count(part, PARTS):
        with Host(iptables_backend) as host:
            host.remember()
            for earlier_module, earlier_options in earlier:
                host.module(earlier_module, **earlier_options)
            try:
                host.python(killed_at, moment, [(module, options)])
                break
            except ChildFailed as death:
                assert "wait status 9" in str(death)
            host.module(module, **options)
            assert not host.module(module, **options)["changed"]
            if moment % 3 == 0:
                host.module(REMOVAL[0], **REMOVAL[1])
                assert host.leaks() == []
    assert moment > 2 * PARTS


def test_ten_runs_at_once_end_as_some_order_would(host):
    def declared(number):
        return {
            "name": "n%d" % (number % 5),
            "subnets": ["10.%d.0.0/24" % (20 + number % 5)],
            "containers": [{"name": "c%d-%d" % (number % 5, number), "ports": ["%d:80" % (8000 + number)]}],
        }

    failures = []

    def run(number):
        try:
            host.module("network", timeout=120, **declared(number))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    found = host.module("network_info")
    assert found["drift"] == []
    last = {}
    for network in found["networks"]:
        (container,) = network["containers"]
        number = int(container["name"].split("-")[1])
        assert network["name"] == "n%d" % (number % 5)
        last[network["name"]] = number
    assert len(last) == 5
    assert sorted(item["host_port"] for item in found["ports"]) == sorted(
        str(8000 + number) for number in last.values()
    )
    assert sorted(host.namespaces()) == sorted("c%d-%d" % (number % 5, number) for number in last.values())
