# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host has, as people read it: its networks, their containers, addresses and ports, and what differs."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.plugin_utils.fleet.columns import columns

_HEADINGS = ("network", "on it", "addresses", "published ports")


def report(host, found, declared):
    """Return a dict with ``lines``, the report on a host, and ``networks``, what differs.

    Args:
        host: its name.
        found: what the module `network_info` returned.
        declared: names of the networks that the inventory declares; None if it declares nothing of them.
    """
    if "drift" not in found:
        told = "%s: cannot be looked at, and nothing is declared: %s" % (host, found["msg"])
        return {"lines": [told], "networks": []}
    differing = [{"network": item["network"], "actions": item["repair"]} for item in found["drift"]]
    differing += _undeclared(found, declared)
    rows = [row for bridge in found["bridges"] for row in _network(bridge, found)]
    lines = [_title(host, found, declared, differing)]
    lines += columns([_HEADINGS, *rows], indent=2) if rows else []
    for item in differing:
        lines += columns([(_sentence(item),)], indent=2)
    return {"lines": lines, "networks": differing}


def _undeclared(found, declared):
    if declared is None:
        return []
    told = (
        "it is on record here, and the inventory does not declare it; to have it removed, declare it with state: absent"
    )
    names = sorted({item["name"] for item in found["networks"]} - set(declared))
    return [{"network": name, "actions": [told]} for name in names]


def _title(host, found, declared, differing):
    count = len(found["networks"])
    words = "%d network%s on record" % (count, "" if count == 1 else "s") if count else "no network on record"
    if differing:
        return "%s: %s, NOT AS DECLARED" % (host, words)
    return "%s: %s, %s" % (host, words, "as declared" if declared or count else "and none declared")


def _network(bridge, found):
    """The rows of a network: its bridge, then its containers."""
    yield bridge["owner"] or "-", bridge["name"], ", ".join(bridge["addresses"]), ""
    for namespace in found["namespaces"]:
        for interface in namespace["interfaces"]:
            if interface.get("bridge") == bridge["name"]:
                addresses = interface["addresses"]
                yield "", namespace["name"], ", ".join(addresses), _ports(addresses, bridge["name"], found["ports"])


def _ports(addresses, bridge, ports):
    own = {address.partition("/")[0] for address in addresses}
    told = {}
    for port in ports:
        if port["container_ip"] in own and port["bridge"] == bridge:
            # Both families of a port are one to those who declared it.
            told["%s %s -> %s" % (port["protocol"], _front(port), port["container_port"])] = None
    return ", ".join(told)


def _front(port):
    address = port.get("host_ip")
    if not address:
        return port["host_port"]
    return ("[%s]:%s" if ":" in address else "%s:%s") % (address, port["host_port"])


def _sentence(item):
    about = "Network %s" % item["network"] if item["network"] else "The host"
    return "%s: %s." % (about, "; ".join(item["actions"]))
