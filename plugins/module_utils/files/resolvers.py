# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The name servers of the host that its containers can reach."""

from __future__ import annotations

import ipaddress
import os

from ansible_collections.hostnet.containers.plugins.module_utils.state.resolver import Resolver

FILE = "/etc/resolv.conf"
# What systemd-resolved writes: the servers that it asks itself. Its own addresses answer only to the host.
_OF_RESOLVED = "/run/systemd/resolve/resolv.conf"
_STUBS = ("127.0.0.53", "127.0.0.54")
_STUB_FILE = "/stub-resolv.conf"
_LARGEST = 2**16


def read_resolver():
    """Return the `Resolver` of the host."""
    said = _said(FILE)
    named = [server for server in said["nameserver"] if server in _STUBS]
    if named or os.path.realpath(FILE).endswith(_STUB_FILE):
        behind = _said(_OF_RESOLVED)
        if behind["nameserver"]:
            said = {**said, "nameserver": behind["nameserver"], "search": said["search"] or behind["search"]}
    servers = [server for server in said["nameserver"] if _is_reachable(server)]
    return Resolver(
        servers=tuple(dict.fromkeys(servers)),
        search=tuple(said["search"]),
        options=tuple(dict.fromkeys(said["options"])),
    )


def _said(path):
    """Of several lines with ``search`` or ``domain`` the last one counts."""
    found = {"nameserver": [], "search": [], "options": []}
    for line in _text(path).splitlines():
        word, *values = line.split()[:64] or [""]
        if word == "nameserver":
            found[word] += values[:1]
        elif word in ("search", "domain"):
            found["search"] = values
        elif word == "options":
            found[word] += values
    return found


def _text(path):
    """Who may write the host's own file decides what it is: it may well be a link."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(handle, _LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(handle)


def _is_reachable(server):
    """Whether an address means the same server elsewhere: one of the host itself, or of one of its links, does not."""
    try:
        ip = ipaddress.ip_address(server)
    except ValueError:
        return False
    return not (ip.is_loopback or ip.is_unspecified or ip.is_link_local or ip.is_multicast or "%" in server)
