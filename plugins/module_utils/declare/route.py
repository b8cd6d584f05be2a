# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Static routes of a container."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import address, network
from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import within
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import option
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid


@dataclass(frozen=True)
class Route:
    """A static route.

    Attributes:
        to: destination network.
        via: next hop; None for a destination on the link itself.
        metric: lower wins; None for the kernel's default.
        table: number of the routing table; None for the main one. It cannot be declared.
        source: the address that packets bear; None for the kernel's choice. It cannot be declared.
    """

    to: object = option("str", network, required=True)
    via: object = option("str", address)
    metric: int = option("int", within(0, 2**32 - 1))
    table: int = None
    source: object = None

    KIND = "a route"

    def __str__(self):
        via = " via %s" % self.via if self.via else ""
        metric = " metric %d" % self.metric if self.metric else ""
        table = " table %d" % self.table if self.table else ""
        source = " src %s" % self.source if self.source else ""
        return "%s%s%s%s%s" % (self.to if self.to.prefixlen else "default", via, source, metric, table)


# A route without a metric gets this one, so that it says nothing when declared.
_METRIC_OF_THE_KERNEL = {4: 0, 6: 1024}


def in_normal_form(routes):
    """Return routes without the metrics that the kernel chooses anyway."""
    return tuple(
        replace(route, metric=None) if route.metric in (0, _METRIC_OF_THE_KERNEL[route.to.version]) else route
        for route in routes
    )


def check_routes(routes, where):
    """Refuse routes of one interface that contradict each other.

    Args:
        routes: tuple of `Route`.
        where: path of the list.
    """
    seen = {}
    for position, route in enumerate(routes):
        path = "%s[%d]" % (where, position)
        if not route.to.prefixlen and route.metric is None:
            raise Invalid(
                path + ".to", "%s is the default route; use the option gateways, or give it a metric" % route.to
            )
        if route.via is not None and route.via.version != route.to.version:
            raise Invalid(path + ".via", "%s is not of the family of %s" % (route.via, route.to))
        if seen.setdefault((route.to, route.metric), position) != position:
            raise Invalid(path, "there are two routes to %s; give them different metrics" % route.to)
