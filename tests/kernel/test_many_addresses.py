# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a container puts into its namespace costs a run one look at it: twice as much, at most twice the time."""

from __future__ import annotations

import time

from siege import run_engine

MANY = 7500
DECLARED = {
    "networks": [
        {"name": "web", "subnets": ["10.20.0.0/24", "fd00:20::/64"], "containers": [{"name": "a"}, {"name": "b"}]}
    ]
}


def test_a_run_costs_one_look_at_each_address(host):
    host.module("network", **DECLARED)
    _add(host, range(MANY))
    once = host.python(_seconds)
    _add(host, range(MANY, 2 * MANY))
    assert host.python(_seconds) < 2.6 * once


def _add(host, numbers):
    lines = ["address add 10.99.%d.%d/32 dev eth0\n" % divmod(number, 256) for number in numbers]
    lines += ["address add fd00:99::%x/64 dev eth0 nodad\n" % number for number in numbers if number % 8 == 0]
    host.container("a").run("ip -batch -", stdin="".join(lines))


def _seconds():
    """The processor time of a run that has nothing to do, of the best of a few."""
    times = []
    for _attempt in range(3):
        began = time.process_time()
        assert run_engine(DECLARED) == ([], None)
        times.append(time.process_time() - began)
    return min(times)
