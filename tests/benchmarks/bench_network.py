# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a network of many containers costs, beside the raw work of the kernel. Run by `make benchmark`.

Both are measured side by side on throw-away hosts in one run; only the ratios mean anything elsewhere.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(CHECKOUT, ".dev"), os.path.join(CHECKOUT, "tests")]

from hosts.host import Host  # noqa: E402

SUBNET = "10.20.0.0/16"
TIMEOUT = 600


def network(count):
    """A network with one published port for each container."""
    containers = [{"name": "c%d" % number, "ports": ["%d:80" % (10000 + number)]} for number in range(count)]
    return {"name": "web", "subnets": [SUBNET], "containers": containers}


def timed(function):
    """Return the seconds that a call takes, and what it returns."""
    started = time.perf_counter()
    outcome = function()
    return time.perf_counter() - started, outcome


def ours(count):
    """Return the seconds of each kind of run, and the rules that result."""
    with Host() as host:
        host.module("network_info")
        found = {}
        for name, options, expected in (
            ("first run", network(count), True),
            ("second run, nothing to do", network(count), False),
            ("check mode, nothing to do", dict(network(count), check=True), False),
            ("one container more", network(count + 1), True),
            ("one container less", network(count), True),
        ):
            check = options.pop("check", False)
            found[name], result = timed(lambda: host.module("network", check=check, timeout=TIMEOUT, **options))  # noqa: B023
            if result["changed"] is not expected:
                raise RuntimeError("%s: changed is %s" % (name, result["changed"]))
        rules = host.run("iptables-save").stdout
        found["removal"], _result = timed(lambda: host.module("network", timeout=TIMEOUT, name="web", state="absent"))
        return found, rules


def raw(count, rules):
    """Return the seconds that iproute2 and one iptables-restore take for the same network, without looking first."""
    batch = ["link add br-web type bridge", "address add 10.20.0.1/16 dev br-web", "link set br-web up"]
    inside = []
    for number in range(count):
        address = "10.20.%d.%d" % divmod(number + 2, 256)
        batch += [
            "netns add c%d" % number,
            "link add veth%d mtu 1500 master br-web type veth peer name eth0 netns c%d" % (number, number),
            "link set veth%d up" % number,
        ]
        lines = (
            "link set lo up\naddress add %s/16 dev eth0\nlink set eth0 up\nroute add default via 10.20.0.1\n" % address
        )
        inside.append(("c%d" % number, lines))
    with Host() as host:
        outside, _done = timed(lambda: host.run("ip -batch -", stdin="\n".join(batch) + "\n", timeout=TIMEOUT))
        inner, _done = timed(
            lambda: [host.run(["ip", "-n", name, "-batch", "-"], stdin=lines) for name, lines in inside]
        )
        restore, _done = timed(lambda: host.run("iptables-restore", stdin=rules, timeout=TIMEOUT))
    return {"ip -batch on the host": outside, "ip -batch in each namespace": inner, "iptables-restore": restore}


def main():
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--containers", type=int, default=1000)
    count = parser.parse_args().containers
    mine, rules = ours(count)
    theirs = raw(count, rules)
    whole = sum(theirs.values())
    print("%d containers with one published port each" % count)
    print("%-32s %8s %8s" % ("", "seconds", "ratio"))
    for name, seconds in theirs.items():
        print("%-32s %8.2f %8.2f" % (name, seconds, seconds / whole))
    print("%-32s %8.2f %8.2f" % ("raw work, whole", whole, 1))
    for name, seconds in mine.items():
        print("%-32s %8.2f %8.2f" % (name, seconds, seconds / whole))


if __name__ == "__main__":
    main()
