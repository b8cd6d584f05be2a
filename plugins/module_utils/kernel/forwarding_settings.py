# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what changes on a host together with IP forwarding."""

from __future__ import annotations

import os

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import sysctls
from ansible_collections.hostnet.containers.plugins.module_utils.state.forwarding_settings import (
    KEY,
    REDIRECTS,
    TO_COME,
    accept_ra_key,
    forwarding_key,
)

_ROUTES_6, _ROUTES_4 = "/proc/thread-self/net/ipv6_route", "/proc/thread-self/net/route"
# RTF_ADDRCONF: the kernel has it from a router advertisement.
_LEARNED = 0x40000
_UP = 1


def read(session, raw):
    """Return the settings, a dict, and the names of interfaces that learned routes by router advertisement.

    Ports of bridges are left out: no packet is routed by way of them.

    Args:
        session: a `Session` in the host's own namespace.
        raw: its raw links, from their numbers.
    """
    names = [item.link.name for item in raw.values() if not _is_port(item, raw)]
    keys = [KEY[6], REDIRECTS, *(forwarding_key(family, name) for family in (4, 6) for name in (TO_COME, *names))]
    found = sysctls.read(session, [*keys, *map(accept_ra_key, names)])
    # Routes are many on a host that is a router, and then they are not needed.
    return found, _advertised() if found.get(KEY[6]) == "0" else frozenset()


def default_route_devices():
    """Return the names of interfaces that a default route of IPv4 leads to."""
    found = set()
    for words in _lines(_ROUTES_4):
        if len(words) > 7 and words[1] == words[7] == "00000000" and int(words[3], 16) & _UP:
            found.add(words[0])
    return found


def _is_port(item, raw):
    return item.master in raw and raw[item.master].link.kind == "bridge"


def _advertised():
    return frozenset(words[9] for words in _lines(_ROUTES_6) if len(words) == 10 and int(words[8], 16) & _LEARNED)


def _lines(path):
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                yield line.split()
    except FileNotFoundError:
        if os.path.exists("/proc/self"):
            return
        raise
