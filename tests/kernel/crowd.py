# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What other programs have on a host, of the kind that no reader expects. To be called on a throw-away host."""

from __future__ import annotations

import os
import subprocess
import time

# Bytes that are no UTF-8.
ODD = b"caf\xe9"
# A host that nobody in a test has.
NOBODY = {b"iptables": b"203.0.113.250", b"ip6tables": b"2001:db8:fa::1"}
# What a rule of ours would say, in a chain that is the user's.
LIKE_OURS = [
    b"hostnet masquerade default 10.99.0.0/24",
    b"hostnet port default tcp 8080 10.99.0.2:80 bridge=web",
    b"hostnet forwarding default web isolate=no",
    b"hostnet bridge web",
    b"hostnet dns web web",
    b"hostnet restore forwarding=0 policy=ACCEPT",
    b"hostnet nonsense",
]


def settle():
    """Put it all on the host."""
    _rules()
    _names()
    _links()


def _run(*argv):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)


def _rules():
    for program, nobody in NOBODY.items():
        odd = ["-s", nobody, "-m", "comment", "--comment", ODD + b" \xff", "-j", "ACCEPT"]
        _run(program, "-w", "-A", "INPUT", *odd)
        _run(program, "-w", "-t", "nat", "-A", "POSTROUTING", *odd)
        _run(program, "-w", "-t", "mangle", "-A", "INPUT", *odd)
        _run(program, "-w", "-N", "OTHERS")
        _run(program, "-w", "-A", "OTHERS", *odd)
        for chain in ("HOSTNET-USER", "HOSTNET-USER-OWN"):
            _run(program, "-w", "-N", chain)
            for comment in LIKE_OURS:
                _run(program, "-w", "-A", chain, "-s", nobody, "-m", "comment", "--comment", comment, "-j", "RETURN")
        _run(program, "-w", "-A", "HOSTNET-USER", "-s", nobody, "-j", "HOSTNET-USER-OWN")
    text = b'table inet others { chain c { ip saddr 203.0.113.250 accept comment "%s"; }; }'
    subprocess.run(["nft", "-f", "-"], input=text % ODD, check=True)


def _names():
    """What lies where ``ip netns`` has its names."""
    folder = b"/run/netns"
    os.makedirs(folder, exist_ok=True)
    open(folder + b"/empty", "w", encoding="ascii").close()
    with open(folder + b"/text", "w", encoding="ascii") as file:
        file.write("no namespace\n")
    os.makedirs(folder + b"/folder/within")
    os.symlink("/nowhere", folder + b"/dangling")
    os.symlink(folder + b"/looping", folder + b"/looping")
    os.symlink("/proc/self/ns/mnt", folder + b"/of-another-kind")
    os.mkfifo(folder + b"/pipe")
    open(folder + b"/" + ODD, "w", encoding="ascii").close()


def _links():
    _run("ip", "netns", "add", "others")
    _run("ip", "link", "add", "others0", "type", "veth", "peer", "name", b"in-" + ODD, "netns", "others")
    _run("ip", "link", "add", "name", ODD, "type", "bridge")
    _run("ip", "link", "add", "others-br", "type", "bridge")
    _run("ip", "link", "set", "others0", "master", "others-br", "up")


def churn(seconds):
    """Make and remove namespaces, links, addresses and routes for some time."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        count += 1
        name = "churn%d" % (count % 3)
        lines = [
            "link add %s type bridge" % name,
            "address add 203.0.113.7/32 dev %s" % name,
            "link set %s up" % name,
            "link add %sv type veth peer name %sw" % (name, name),
            "netns add %s" % name,
            "link set %sw netns %s" % (name, name),
            "route add 203.0.113.8/32 dev %s" % name,
            "link delete %s" % name,
            "netns delete %s" % name,
        ]
        subprocess.run(
            ["ip", "-force", "-batch", "-"], input="\n".join(lines).encode(), capture_output=True, check=False
        )
        subprocess.run(["ip", "link", "delete", name + "v"], capture_output=True, check=False)
