# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON listing of a table, as values: chains with their rules, sets and maps with their elements."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass, field

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.nftables.rules import (
    NAMES,
    Match,
    Rule,
    hardware_number,
    merged,
)


@dataclass
class Table:
    """What is in a table.

    Attributes:
        flags: whether it has flags, such as that which switches it off.
        kinds: dict from chain to what it says of itself: type, hook, priority and policy.
        chains: dict from chain to its list of rules.
        sets: dict from set or map to what it says of itself.
        elements: dict from set or map to its list of elements.
        others: whether there is anything else.
    """

    flags: bool = False
    kinds: dict = field(default_factory=dict)
    chains: dict = field(default_factory=dict)
    sets: dict = field(default_factory=dict)
    elements: dict = field(default_factory=dict)
    others: bool = False


def read_table(listing):
    """Return the `Table` of a listing."""
    table = Table()
    for item in json.loads(listing)["nftables"]:
        for kind, told in item.items():
            if kind == "table":
                table.flags = "flags" in told
            elif kind == "chain":
                table.kinds[told["name"]] = _without(told, "family", "table", "name", "handle")
                table.chains.setdefault(told["name"], [])
            elif kind == "rule":
                table.chains.setdefault(told["chain"], []).append(_rule(told))
            elif kind in ("set", "map"):
                table.sets[told["name"]] = _without(told, "family", "table", "name", "handle", "elem")
                table.elements[told["name"]] = told.get("elem", [])
            elif kind != "metainfo":
                table.others = True
    return table


def _without(told, *names):
    return {name: value for name, value in told.items() if name not in names}


def _rule(told):
    *conditions, last = told["expr"] or [{}]
    try:
        return Rule(tuple(_match(item["match"]) for item in conditions), _verdict(last), told.get("comment"))
    except (KeyError, TypeError, ValueError):
        # Of others: it equals none of ours.
        return Rule((), json.dumps(told["expr"], sort_keys=True))


def _verdict(told):
    (kind, detail), *more = told.items()
    if more:
        raise ValueError(kind)
    if kind in ("accept", "drop", "return"):
        return kind
    if kind in ("jump", "goto"):
        return "%s %s" % (kind, detail["target"])
    if kind == "vmap":
        return "%s vmap %s" % (_field(detail["key"]), detail["data"])
    raise ValueError(kind)


def _match(told):
    name, right = _field(told["left"]), told["right"]
    other = {"==": False, "in": False, "!=": True}[told["op"]]
    if isinstance(right, str) and right.startswith("@"):
        return Match(name, right, other)
    items = right["set"] if isinstance(right, dict) and "set" in right else [right]
    return Match(name, merged(_range(name, item) for item in items), other)


def _field(told):
    (kind, detail), *_more = told.items()
    if kind == "concat":
        return " . ".join(map(_field, detail))
    if kind == "meta":
        return detail["key"] if detail["key"] in ("iifname", "oifname") else "meta %s" % detail["key"]
    if kind == "payload" and "base" in detail:
        return "@%(base)s,%(offset)d,%(len)d" % detail
    if kind == "payload":
        return "%(protocol)s %(field)s" % detail
    raise ValueError(kind)


def _range(name, told):
    if isinstance(told, dict) and "range" in told:
        first, last = told["range"]
        return _number(name, first), _number(name, last)
    if isinstance(told, dict):
        network = ipaddress.ip_network("%(addr)s/%(len)d" % told["prefix"])
        return int(network[0]), int(network[-1])
    return (_number(name, told),) * 2


def _number(name, told):
    if isinstance(told, int):
        return told
    if told in NAMES.get(name, ()):
        return NAMES[name][told]
    if told.count(":") == 5 and len(told) == 17:
        return hardware_number(told)
    if told.startswith("0x"):
        return int(told, 16)
    return int(ipaddress.ip_address(told))
