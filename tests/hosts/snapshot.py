# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is on a host, as sorted lines by subject, and the difference of two such pictures.

Things which change by themselves are left out: counters, the carrier, link-local addresses and the routes that
the kernel derives from addresses.
"""

from __future__ import annotations

import glob
import json
import os
import re
import subprocess

# Folders where a module may leave files.
FOLDERS = ("/run", "/etc/netns", "/etc/hostnet", "/etc/sysctl.d", "/etc/systemd/system", "/var/lib/hostnet")
# The first is our lock, the second belongs to iptables: both stay, empty, by their nature.
_STAY = ("/run/hostnet/lock", "/run/xtables.lock")
_SYSCTLS = (
    "/proc/sys/net/ipv4/ip_forward",
    "/proc/sys/net/ipv4/conf/*/*",
    "/proc/sys/net/ipv6/conf/*/*",
    "/proc/sys/net/bridge/*",
    "/proc/sys/net/netfilter/nf_conntrack_*",
)
_PASSING = re.compile("/(nf_conntrack_count|stable_secret|mc_forwarding)$")


def take():
    """The picture, of the place where this runs: {subject: [line, …]}."""
    return {
        "links": _links(),
        "addresses": _addresses(),
        "routes": _routes(),
        "iptables": _rules("iptables-save"),
        "ip6tables": _rules("ip6tables-save"),
        "sysctls": _sysctls(),
        "files": _files(),
    }


def differences(before, after):
    """Lines that came (+) or went (-), each with its subject. Empty if the pictures are the same."""
    found = []
    for subject, lines in before.items():
        found += ["- %s: %s" % (subject, line) for line in lines if line not in after[subject]]
        found += ["+ %s: %s" % (subject, line) for line in after[subject] if line not in lines]
    return found


def _output(*argv):
    return subprocess.run(argv, capture_output=True, encoding="utf-8", errors="surrogateescape", check=True).stdout


def _json(*argv):
    return json.loads(_output(*argv) or "[]")


def _links():
    lines = []
    for link in _json("ip", "-d", "-j", "address"):
        link["up"] = "UP" in link["flags"]
        lines.append(_line(_lasting(link)))
    return sorted(lines)


def _lasting(value):
    """A link's attributes without those that change by themselves, or that are the kernel's numbers, at every depth."""
    passing = (
        *("addr_info", "operstate", "qdisc", "flags", "inet6_addr_gen_mode", "topology_change", "state"),
        "fdb_n_learned",
        *("ifindex", "link_index", "link_netnsid"),
    )
    if isinstance(value, dict):
        kept = {key: _lasting(item) for key, item in value.items() if key not in passing}
        return {key: item for key, item in kept.items() if not re.search("_timer$|^(tso|gso|gro)_max", key)}
    return value


def _addresses():
    return sorted(
        "%s %s/%d" % (link["ifname"], info["local"], info["prefixlen"])
        for link in _json("ip", "-j", "address")
        for info in link["addr_info"]
        if info["scope"] != "link"
    )


def _routes():
    every = ("-j", "route", "show", "table", "all")
    routes = _json("ip", "-4", *every) + _json("ip", "-6", *every)
    return sorted(_line({**route, "flags": None}) for route in routes if route.get("protocol") != "kernel")


def _rules(program):
    """Rules, user chains and changed policies. A table without any of them is as good as none."""
    table, lines = "", []
    for line in _output(program).splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith("-"):
            lines.append("%s %s" % (table, line))
        elif line.startswith(":") and " ACCEPT " not in line:
            lines.append("%s %s" % (table, line.split(" [")[0]))
    return lines


def _sysctls():
    lines = []
    for path in (path for pattern in _SYSCTLS for path in glob.glob(pattern)):
        if not _PASSING.search(path):
            try:
                with open(path, encoding="ascii") as file:
                    lines.append("%s = %s" % (path[len("/proc/sys/") :], file.read().strip()))
            except OSError:
                continue
    return sorted(lines)


def _files():
    lines = []
    for top in FOLDERS:
        for folder, folders, names in os.walk(top):
            if ".layers" in folders:
                folders.remove(".layers")
            lines += [os.path.join(folder, name) for name in names]
    return sorted(set(lines) - set(_STAY))


def _line(values):
    return json.dumps(values, sort_keys=True)
