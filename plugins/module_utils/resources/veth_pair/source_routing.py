# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces with several interfaces: which default route counts, and by which interface replies leave.

Each interface has a number: that at the end of its name, 0 if there is none; where two would have the same, one of
them, but not ``eth0``, gets the next free one. It depends on nothing but the names. The default route of number 0 has
no metric, that of number N the metric 2000 + N, so that the first interface is preferred, and the next takes over when
it goes. With more than one interface, be it of others, packets that bear an address of number N, such as replies,
follow table 2000 + N, which leads to the gateway of that interface.
"""

from __future__ import annotations

import dataclasses
import re

from ansible_collections.hostnet.containers.plugins.module_utils.declare.route import Route
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import Rule, rule_order

# Above the metric 1024 that the kernel gives an IPv6 route without one, and above the kernel's own tables.
BASE = 2000
_HIGHEST_NUMBER = 1000000
# As far as a number may lie above that at the end of the name.
_SHIFTED = 16
_FIRST = "eth0"
_NUMBER = re.compile("[0-9]*$")


def routed(namespace):
    """Return a namespace with the metrics, tables and rules that the interfaces of ours in it need."""
    numbers = numbers_of(name for name, link in namespace.links.items() if link.ours and link.kind == "veth")
    by_source = len(numbers) > 1 or any(_leads_elsewhere(link) for link in namespace.links.values())
    rules = []
    for name, number in numbers.items():
        main = [route for route in namespace.routes.get(name, ()) if route.table is None]
        routes = list(dict.fromkeys(_preferred(route, name, number) for route in main))
        if by_source:
            addresses = [item.interface for item in namespace.links[name].addresses if item.ours]
            gateways = [route for route in routes if route.to.prefixlen == 0 and route.metric == _metric(number)]
            for gateway in gateways:
                served = [item for item in addresses if item.version == gateway.to.version and not item.is_link_local]
                routes += _table(gateway, served, BASE + number)
                rules += [Rule(item.ip, BASE + number) for item in served]
        if name in namespace.routes or routes:
            namespace = namespace.with_routes(name, routes)
    return dataclasses.replace(namespace, rules=tuple(sorted(rules, key=rule_order)))


def check_routes(state, items):
    """Refuse a declared pair with a route that another interface of its namespace has: the kernel keeps one of the two.

    Args:
        state: the host with the declared pairs.
        items: the declared `VethPair` resources.

    Raises:
        Conflict: naming the other interface.
    """
    for item in items:
        routes = state.namespaces[item.netns].routes
        own = {(route.to, route.metric) for route in routes.get(item.peer, ()) if route.table is None}
        for device, others in routes.items():
            for route in others if device != item.peer else ():
                if route.table is None and (route.to, route.metric) in own:
                    raise Conflict(
                        "veth pair %s: routes: namespace %s has a route to %s with the same metric by way of %s; "
                        "give it another metric" % (item.host_end, item.netns, route.to, device)
                    )


def _leads_elsewhere(link):
    """Whether replies could leave by an interface of others, such as that of the runtime of an attached container."""
    addressed = any(not item.interface.is_link_local for item in link.addresses)
    return not link.ours and link.name != "lo" and link.up and addressed


def numbers_of(names):
    """Return a dict from interface name to its number, in their order."""
    found, next_free = {}, 0
    for wish, _other, name in sorted((_wish(name), name != _FIRST, name) for name in names):
        found[name] = max(wish, next_free)
        next_free = found[name] + 1
    return found


def _wish(name):
    return min(int(_NUMBER.search(name).group() or 0), _HIGHEST_NUMBER)


def _metric(number):
    return BASE + number if number else None


def is_by_gateway(route, name):
    """Tell a default route that has the metric of its interface from one that was declared with its own."""
    derived = route.metric is None or 0 <= route.metric - BASE - _wish(name) < _SHIFTED
    return route.to.prefixlen == 0 and route.via is not None and derived


def _preferred(route, name, number):
    """A default route gets the metric of its interface, unless it was declared with one of its own."""
    return dataclasses.replace(route, metric=_metric(number)) if is_by_gateway(route, name) else route


def _table(gateway, addresses, table):
    """The routes of a table: the subnets of the interface, and all else by the gateway."""
    networks = dict.fromkeys(item.network for item in addresses)
    return [Route(network, table=table) for network in networks] + [
        dataclasses.replace(gateway, metric=None, table=table)
    ]
