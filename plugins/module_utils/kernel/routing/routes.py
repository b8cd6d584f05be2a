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
from ansible_collections.hostnet.containers.plugins.module_utils.kernel import ownership_marks
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.recorded import RecordedDump
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import ADD, REPLACE, Refused
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import Found, route_order

_RTM_NEWROUTE, RTM_DELROUTE, _RTM_GETROUTE = 24, 25, 26
_HEADER = struct.Struct("=BBBBBBBBI")
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PRIORITY, _RTA_PREFSRC, _RTA_TABLE = 1, 4, 5, 6, 7, 15
_UNICAST, _MAIN_TABLE = 1, 254
# In the header, for a table whose number is in an attribute since it may not fit there.
_NO_TABLE = 0
_CLONED = 0x200
_BY_KERNEL, _LOCAL = 2, 255
_FAMILIES = (socket.AF_INET, socket.AF_INET6)
# Of the route of IPv6 that refuses what no other leads anywhere.
_LAST_METRIC = 0xFFFFFFFF
_SCOPE_GLOBAL, _SCOPE_LINK = 0, 253
# What the kernel writes for "no metric given".
_DEFAULT_METRIC = {4: 0, 6: 1024}


DUMP = RecordedDump(
    _RTM_GETROUTE,
    lambda: _message([], family=socket.AF_UNSPEC),
    "1c0000001a0001030100000000000000000000000000000000000000",
)


def dump(session, names):
    """Return the routes of the session's namespace that a plan has to know.

    Args:
        session: a `Session` in the namespace.
        names: dict from a link's number to its name.

    Returns:
        tuple: our routes, a dict from a link's number to a sorted tuple of `Route`; as a tuple of `Found` those of
            others; and as a set what the kernel made of addresses, for `is_whole`.
    """
    found, others, made = {}, [], set()
    for body in session.dump_recorded(DUMP):
        version, prefix, _source, tos, table, protocol, _scope, kind, flags = _HEADER.unpack_from(body)
        marked = protocol == ownership_marks.PROTOCOL
        if version not in _FAMILIES or flags & _CLONED:
            continue
        values = wire_format.attributes(body, _HEADER.size)
        if protocol == _BY_KERNEL and prefix:
            made.add((prefix, values.get(_RTA_DST), wire_format.number(values.get(_RTA_OIF)) if table != _LOCAL else 0))
            continue
        route, index = _route(version, prefix, values, table), wire_format.number(values.get(_RTA_OIF))
        if marked and kind == _UNICAST and not tos and index in names:
            found.setdefault(index, []).append(route)
        elif not (protocol == _BY_KERNEL and route.metric == _LAST_METRIC):
            others.append(Found("route %s dev %s" % (route, names.get(index, "none")), route, body))
    return {index: tuple(sorted(routes, key=route_order)) for index, routes in found.items()}, tuple(others), made


def is_whole(interface, index, made):
    """Whether the kernel still has the routes that it makes of an address of the link with this number.

    Args:
        interface: the address.
        index: the number.
        made: the places that `dump` returned.
    """
    network = interface.network
    led = (
        network.prefixlen == network.max_prefixlen or (network.prefixlen, network.network_address.packed, index) in made
    )
    return led and is_local(interface, made)


def is_local(interface, made):
    """Whether the kernel still takes packets to an address in, see `is_whole`."""
    return (interface.max_prefixlen, interface.ip.packed, 0) in made


def dump_all(session, names):
    """Return every unicast route of the main table: pairs of `Route` and interface name.

    Args:
        session: a `Session` in the namespace.
        names: dict from a link's number to its name.
    """
    every = _all(session)
    found = [(route, names[index]) for route, index, _protocol in every if index in names and route.table is None]
    return tuple(sorted(found, key=lambda item: (*route_order(item[0]), item[1])))


def add(session, device, route):
    """Add a route with our mark, in place of one of ours to the same destination with the same metric.

    Raises:
        Conflict: somebody else has a route to the same destination with the same metric.
        Refused: the kernel's reason.
    """
    message = _message_of(device, route)
    try:
        session.request(_RTM_NEWROUTE, message, ADD)
    except Refused as error:
        if error.errno != errno.EEXIST:
            raise
        _check_replaceable(session, route)
        session.request(_RTM_NEWROUTE, message, REPLACE)


def remove(session, device, route):
    """Remove a route of ours; one that is gone is no error. Raises Refused."""
    try:
        session.request(RTM_DELROUTE, _message_of(device, route))
    except Refused as error:
        if error.errno not in (errno.ESRCH, errno.ENODEV):
            raise


def _message(attributes, **fields):
    from pyroute2.netlink.rtnl.rtmsg import rtmsg

    return Message(rtmsg, attributes, **fields)


def _message_of(device, route):
    on_link = route.via is None and route.to.version == 4
    return _message(
        [
            ("RTA_DST", str(route.to.network_address) if route.to.prefixlen else None),
            ("RTA_GATEWAY", str(route.via) if route.via is not None else None),
            ("RTA_OIF", links.index_of(device)),
            ("RTA_PRIORITY", route.metric or None),
            ("RTA_PREFSRC", str(route.source) if route.source is not None else None),
            ("RTA_TABLE", route.table),
        ],
        family=_family(route),
        dst_len=route.to.prefixlen,
        table=_MAIN_TABLE if route.table is None else _NO_TABLE,
        proto=ownership_marks.PROTOCOL,
        scope=_SCOPE_LINK if on_link else _SCOPE_GLOBAL,
        type=_UNICAST,
    )


def _check_replaceable(session, route):
    metric = route.metric or _DEFAULT_METRIC[route.to.version]
    for other, index, protocol in _all(session):
        same = (other.to, other.table) == (route.to, route.table)
        same = same and (other.metric or _DEFAULT_METRIC[other.to.version]) == metric
        if same and protocol != ownership_marks.PROTOCOL:
            devices = {raw.index: raw.link.name for raw in links.dump(session).values()}
            raise Conflict(
                "there is a route %s dev %s of somebody else (protocol %d); give another metric"
                % (other, devices.get(index, index), protocol)
            )


def _all(session):
    """Yield (route, number of its link, protocol) of each unicast route."""
    for body in session.dump_recorded(DUMP):
        version, prefix, _source, _tos, table, protocol, _scope, kind, flags = _HEADER.unpack_from(body)
        if version not in _FAMILIES or kind != _UNICAST or flags & _CLONED:
            continue
        values = wire_format.attributes(body, _HEADER.size)
        yield _route(version, prefix, values, table), wire_format.number(values.get(_RTA_OIF)), protocol


def _route(version, prefix, values, table):
    table = wire_format.number(values.get(_RTA_TABLE), table)
    size = 4 if version == socket.AF_INET else 16
    to = ipaddress.ip_network((values.get(_RTA_DST, bytes(size)), prefix))
    metric = wire_format.number(values.get(_RTA_PRIORITY), 0)
    via, source = values.get(_RTA_GATEWAY), values.get(_RTA_PREFSRC)
    return Route(
        to=to,
        via=None if via is None else ipaddress.ip_address(via),
        metric=None if metric == _DEFAULT_METRIC[to.version] else metric,
        table=None if table == _MAIN_TABLE else table,
        source=None if source is None else ipaddress.ip_address(source),
    )


def _family(route):
    return socket.AF_INET if route.to.version == 4 else socket.AF_INET6
