# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks that the tests build on, by the modules of this collection."""

from __future__ import annotations

SUBNET, GATEWAY = "10.20.0.0/24", "10.20.0.1"
CONTAINERS = {"container-a": "10.20.0.2", "container-b": "10.20.0.3"}
OTHER_SUBNET, OTHER_GATEWAY, OTHER = "10.30.0.0/24", "10.30.0.1", "10.30.0.2"


def web(host, **policy):
    """A bridge ``web`` with two containers, which reach the outside; returns the two as places."""
    host.module("netns", namespaces=[{"name": name} for name in CONTAINERS])
    host.module("bridge", name="web", addresses=[GATEWAY + "/24"])
    host.module("forwarding", bridge="web", **policy)
    pairs = [{"netns": name, "addresses": [address + "/24"]} for name, address in CONTAINERS.items()]
    host.module("veth_pair", bridge="web", gateways=[GATEWAY], pairs=pairs)
    host.module("masquerade", source=SUBNET)
    return [host.container(name) for name in CONTAINERS]


def db(host, **policy):
    """A second bridge ``db`` with one container; returns it as a place."""
    host.module("netns", name="container-c")
    host.module("bridge", name="db", addresses=[OTHER_GATEWAY + "/24"])
    host.module("forwarding", bridge="db", **policy)
    host.module("veth_pair", netns="container-c", bridge="db", addresses=[OTHER + "/24"], gateways=[OTHER_GATEWAY])
    host.module("masquerade", source=OTHER_SUBNET)
    return host.container("container-c")


def remove_everything(host, owner="default"):
    """Remove all that an owner declared, kind by kind."""
    lists = (
        ("port_publish", "ports"),
        ("masquerade", "rules"),
        ("forwarding", "bridges"),
        ("veth_pair", "pairs"),
        ("bridge", "bridges"),
        ("netns", "namespaces"),
    )
    for module, option in lists:
        host.module(module, owner=owner, purge=True, **{option: []})
