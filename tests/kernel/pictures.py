# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures of a whole host, to compare two that should be the same. To be taken in a child process in a host."""

from __future__ import annotations

import json
import os
import re
import subprocess

from hosts import snapshot

# Identities and clocks of spanning tree.
_OF_THE_KERNEL = re.compile("^(bridge_id|root_id|designated_.*|id|no|.*_timer|config_pending|topology_change.*)$")
# Of a port: the other end's number, taken for one of the host's; whether its carrier was seen yet.
_PASSING = re.compile(r"@\S+(?=:)|<[A-Z_,-]*> |state [a-z]+ ")
_INSIDE = (("-d", "-j", "address"), *((family, "-j", "rule") for family in ("-4", "-6")))
_ROUTES = tuple((family, "-j", "route", "show", "table", "all") for family in ("-4", "-6"))
_TEXTS = ("/etc/hostnet", "/etc/netns")


def of_host():
    """The host: what a snapshot has, limits of links, rules of nftables, and settings of ports."""
    taken = snapshot.take()
    links = []
    for line in taken["links"]:
        link = json.loads(line)
        for name in ("address", "broadcast"):
            # That of a bridge, and of the host's end of a pair, is chosen at random.
            link.pop(name, None)
        for part in ("info_data", "info_slave_data"):
            settings = link.get("linkinfo", {}).get(part, {})
            for name in [name for name in settings if _OF_THE_KERNEL.search(name)]:
                del settings[name]
        links.append(json.dumps(link, sort_keys=True))
    further = {
        "limits": _words("tc", "qdisc", "show"),
        "nftables": _words("nft", "list", "table", "bridge", "hostnet"),
        "ports": [_PASSING.sub("", line) for line in _words("bridge", "-details", "link")],
    }
    return {**taken, **further, "links": sorted(links)}


def whole():
    """The host, what its files say, and each of its namespaces from inside."""
    names = sorted(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else []
    return {**of_host(), "texts": _texts(), "inside": [line for name in names for line in _inside(name)]}


def _words(*argv):
    """The lines of a program, without numbers of links."""
    lines = subprocess.run(argv, capture_output=True, text=True, check=False).stdout.splitlines()
    return sorted(re.sub(r"^[0-9]+: |handle [0-9a-f]+|^qdisc (\S+) [0-9a-f]+:", r"\1", line).strip() for line in lines)


def _texts():
    found = []
    for folder in (folder for top in _TEXTS for folder, _folders, _names in os.walk(top)):
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                with open(path, encoding="utf-8") as file:
                    found += ["%s: %s" % (path, line) for line in file.read().splitlines()]
    return sorted(found)


def _inside(netns):
    """A hardware address, a mark, an address, a route or a rule a line."""
    links, *rules = (_json(netns, *argv) for argv in _INSIDE)
    routes = [route for argv in _ROUTES for route in _json(netns, *argv)]
    lines = [
        "%s has %s"
        % (link["ifname"], {name: link.get(name) for name in ("address", "mtu", "ifalias", "group", "txqlen")})
        for link in links
    ]
    lines += [
        "%s %s/%d" % (link["ifname"], info["local"], info["prefixlen"])
        for link in links
        for info in link["addr_info"]
        if info["scope"] != "link"
    ]
    lines += [json.dumps({**route, "flags": None}, sort_keys=True) for route in routes if _is_declared(route)]
    lines += [json.dumps(rule, sort_keys=True) for found in rules for rule in found]
    return ["%s: %s" % (netns, line) for line in sorted(lines)]


def _is_declared(route):
    return route.get("protocol") != "kernel"


def _json(netns, *argv):
    done = subprocess.run(["ip", "-n", netns, *argv], capture_output=True, text=True, check=True)
    return json.loads(done.stdout or "[]")
