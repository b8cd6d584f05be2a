# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Static routes of a container."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import address, network
from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import within
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import (
    argument_spec,
    option,
    parse,
    require,
)
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid


@dataclass(frozen=True)
class Route:
    """A static route.

    Attributes:
        to: destination network.
        via: next hop; None for a destination on the link itself.
        metric: lower wins; None for the kernel's default.
        table: number of the routing table; None for the main one. It cannot be declared.
    """

    to: object = option("str", network, required=True)
    via: object = option("str", address)
    metric: int = option("int", within(0, 2**32 - 1))
    table: int = None

    KIND = "a route"

    def __str__(self):
        via = " via %s" % self.via if self.via else ""
        metric = " metric %d" % self.metric if self.metric else ""
        table = " table %d" % self.table if self.table else ""
        return "%s%s%s%s" % (self.to if self.to.prefixlen else "default", via, metric, table)


SPEC = argument_spec(Route)
# A route without a metric gets this one, so that it says nothing when declared.
_METRIC_OF_THE_KERNEL = {4: 0, 6: 1024}


def routes(values):
    """Parse a list of dicts into routes, none twice."""
    parsed = []
    for position, value in enumerate(values):
        try:
            route = parse(Route, value)
            require(route, ("to",))
        except Invalid as error:
            raise ValueError("element %d: %s" % (position, error)) from error
        if route.metric in (0, _METRIC_OF_THE_KERNEL[route.to.version]):
            route = replace(route, metric=None)
        if not route.to.prefixlen and route.metric is None:
            raise ValueError(
                "element %d: %s is the default route; use the option gateways, or give it a metric"
                % (position, route.to)
            )
        if route.via is not None and route.via.version != route.to.version:
            raise ValueError("element %d: via %s is not of the family of %s" % (position, route.via, route.to))
        if any((route.to, route.metric) == (other.to, other.metric) for other in parsed):
            raise ValueError(
                "element %d: there are two routes to %s; give them different metrics" % (position, route.to)
            )
        parsed.append(route)
    return tuple(parsed)
