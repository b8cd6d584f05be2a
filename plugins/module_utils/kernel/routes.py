# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of namespaces."""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct

from ansible_collections.hostnet.containers.plugins.module_utils.declare.route import Route
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict
from ansible_collections.hostnet.containers.plugins.module_utils.kernel import links, mark, wire
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.session import Refused
from ansible_collections.hostnet.containers.plugins.module_utils.state.host import route_order

_RTM_GETROUTE = 26
_HEADER = struct.Struct("=BBBBBBBBI")
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PRIORITY, _RTA_TABLE = 1, 4, 5, 6, 15
_UNICAST, _MAIN_TABLE = 1, 254
_CLONED = 0x200
# What the kernel writes for "no metric given".
_DEFAULT_METRIC = {4: 0, 6: 1024}


def dump(session):
    """Return our routes in the session's namespace: a dict from a link's number to a sorted tuple of `Route`."""
    found = {}
    for route, index, protocol in _all(session, socket.AF_UNSPEC):
        if protocol == mark.PROTOCOL:
            found.setdefault(index, []).append(route)
    return {index: tuple(sorted(routes, key=route_order)) for index, routes in found.items()}


def add(session, device, route):
    """Add a route with our mark, in place of one of ours to the same destination with the same metric.

    Raises:
        Conflict: somebody else has a route to the same destination with the same metric.
        Refused: the kernel's reason.
    """
    arguments = _which(session, device, route)
    try:
        session.route("add", **arguments)
    except Refused as error:
        if error.errno != errno.EEXIST:
            raise
        _check_replaceable(session, route)
        session.route("replace", **arguments)


def remove(session, device, route):
    """Remove a route of ours; one that is gone is no error. Raises Refused."""
    try:
        session.route("del", **_which(session, device, route))
    except Refused as error:
        if error.errno not in (errno.ESRCH, errno.ENODEV):
            raise


def _which(session, device, route):
    arguments = {
        "family": _family(route),
        "dst": str(route.to),
        "oif": links.require(session, device).index,
        "proto": mark.PROTOCOL,
        "scope": 0 if route.via is not None or route.to.version == 6 else 253,
    }
    if route.via is not None:
        arguments["gateway"] = str(route.via)
    if route.metric:
        arguments["priority"] = route.metric
    return arguments


def _check_replaceable(session, route):
    metric = route.metric or _DEFAULT_METRIC[route.to.version]
    for other, index, protocol in _all(session, _family(route)):
        same = other.to == route.to and (other.metric or _DEFAULT_METRIC[other.to.version]) == metric
        if same and protocol != mark.PROTOCOL:
            devices = {raw.index: raw.link.name for raw in links.dump(session).values()}
            raise Conflict(
                "there is a route %s dev %s of somebody else (protocol %d); give another metric"
                % (other, devices.get(index, index), protocol)
            )


def _all(session, family):
    """Yield (route, number of its link, protocol) of each unicast route of the main table."""
    for body in session.dump(_RTM_GETROUTE, _HEADER.pack(family, 0, 0, 0, 0, 0, 0, 0, 0)):
        version, prefix, _source, _tos, table, protocol, _scope, kind, flags = _HEADER.unpack_from(body)
        if version not in (socket.AF_INET, socket.AF_INET6) or kind != _UNICAST or flags & _CLONED:
            continue
        values = wire.attributes(body, _HEADER.size)
        if wire.number(values.get(_RTA_TABLE), table) == _MAIN_TABLE:
            yield _route(version, prefix, values), wire.number(values.get(_RTA_OIF)), protocol


def _route(version, prefix, values):
    size = 4 if version == socket.AF_INET else 16
    to = ipaddress.ip_network((values.get(_RTA_DST, bytes(size)), prefix))
    metric = wire.number(values.get(_RTA_PRIORITY), 0)
    via = values.get(_RTA_GATEWAY)
    return Route(
        to=to,
        via=None if via is None else ipaddress.ip_address(via),
        metric=None if metric == _DEFAULT_METRIC[to.version] else metric,
    )


def _family(route):
    return socket.AF_INET if route.to.version == 4 else socket.AF_INET6
