# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nftables table ``bridge hostnet``: what ports of containers may send, and to whom.

It goes by names of interfaces, so that its rules stand before an interface is there. Ports are looked up in maps and
sets, so that what a frame costs does not grow with their number.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.nftables.guards import (
    REFUSED,
    REFUSED_RULES,
    guard_rules,
    read_guard,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.nftables.listing import read_table
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.nftables.rules import (
    Rule,
    hardware_number,
    match,
)
from ansible_collections.hostnet.containers.plugins.module_utils.state.bridge_table import BridgeTable

TABLE = "bridge hostnet"
_GUARDED = "guarded"
_CHAIN = "port-%s"
# Before all others. None of the names that nft prints for priorities is near.
_PRIORITY = -450
_LINK_LOCAL_GROUPS = tuple(map(hardware_number, ("01:80:c2:00:00:00", "01:80:c2:00:00:0f")))
# A frame that was addressed to the host and is forwarded all the same was rewritten by the firewall on its way, with
# br_netfilter: a published port. All others were addressed to somebody else.
_NOT_REWRITTEN = match("meta pkttype", 0, other=True)
_HOOKED = {
    "prerouting": (
        # Where a bridge has no spanning tree, it would forward these like any others: to the switch behind a member.
        Rule((match("iifname", "@ports"), match("ether daddr", _LINK_LOCAL_GROUPS)), "drop"),
        Rule((), "iifname vmap @" + _GUARDED),
    ),
    "forward": (
        Rule((match("iifname . oifname", "@reflecting"), _NOT_REWRITTEN), "drop"),
        Rule((match("iifname", "@apart"), match("oifname", "@apart"), _NOT_REWRITTEN), "drop"),
    ),
}
_SETS = {"ports": "ifname", "reflecting": "ifname . ifname", "apart": "ifname"}


def table_text(before, after):
    """Return the nft commands that lead from one `BridgeTable` to another; they are one transaction."""
    if before == after:
        return ""
    if after.empty:
        return "add table %s\ndelete table %s\n" % (TABLE, TABLE)
    lines = []
    if before.empty or not before.intact:
        before, lines = BridgeTable(), _skeleton()
    for name in sorted(set(before.guards) - set(after.guards)):
        lines += _without_guard(name)
    for name, guard in after.guards.items():
        if before.guards.get(name) != guard:
            lines += _with_guard(name, guard)
    for name in _SETS:
        old, new = getattr(before, name), getattr(after, name)
        lines += _elements("delete", name, old - new) + _elements("add", name, new - old)
    return "".join(line + "\n" for line in lines)


def _skeleton():
    lines = ["add table " + TABLE, "delete table " + TABLE, "add table " + TABLE]
    lines.append("add map %s %s { type ifname : verdict; }" % (TABLE, _GUARDED))
    lines += ["add set %s %s { type %s; }" % (TABLE, name, kind) for name, kind in _SETS.items()]
    lines += _chain(REFUSED, REFUSED_RULES)
    for name, rules in _HOOKED.items():
        hook = "type filter hook %s priority %d; policy accept;" % (name, _PRIORITY)
        lines += _chain(name, rules, " { %s }" % hook)
    return lines


def _chain(name, rules, hook=""):
    place = "%s %s" % (TABLE, name)
    return ["add chain %s%s" % (place, hook), *("add rule %s %s" % (place, rule) for rule in rules)]


def _with_guard(name, guard):
    place = "%s %s" % (TABLE, _CHAIN % name)
    made, *rules = _chain(_CHAIN % name, guard_rules(guard))
    element = 'add element %s %s { "%s" : jump %s }' % (TABLE, _GUARDED, name, _CHAIN % name)
    return [made, "flush chain " + place, *rules, element]


def _without_guard(name):
    place = "%s %s" % (TABLE, _CHAIN % name)
    return ['delete element %s %s { "%s" }' % (TABLE, _GUARDED, name), "flush chain " + place, "delete chain " + place]


def _elements(verb, name, ports):
    if not ports:
        return []
    form = '"%s" . "%s"' if "." in _SETS[name] else '"%s"'
    written = ", ".join(form % ((port,) * form.count("%s")) for port in sorted(ports))
    return ["%s element %s %s { %s }" % (verb, TABLE, name, written)]


def read_bridge_table(listing):
    """Return the `BridgeTable` in the JSON listing of the table, compared by value with what we write."""
    table = read_table(listing)
    jumps = {element[0]: element[1] for element in table.elements.get(_GUARDED, ()) if isinstance(element, list)}
    guards = {name: read_guard(table.chains.get(_CHAIN % name, ())) for name in jumps}
    found = {name: _ports_in(table.elements.get(name, ())) for name in _SETS}
    return BridgeTable(
        guards={name: guard for name, guard in guards.items() if guard is not None},
        intact=None not in guards.values() and None not in found.values() and _is_ours(table, jumps),
        **{name: ports or frozenset() for name, ports in found.items()},
    )


def _ports_in(elements):
    """Return the ports that are elements of a set; None if there are elements that we do not make."""
    found = set()
    for element in elements:
        first, *more = element.get("concat", [None]) if isinstance(element, dict) else [element]
        if not isinstance(first, str) or any(other != first for other in more):
            return None
        found.add(first)
    return frozenset(found)


def _is_ours(table, jumps):
    hooks = {
        name: {"type": "filter", "hook": name, "prio": _PRIORITY, "policy": "accept"} if name in _HOOKED else {}
        for name in (*_HOOKED, REFUSED, *(_CHAIN % port for port in jumps))
    }
    fixed = {**_HOOKED, REFUSED: REFUSED_RULES}
    kinds = {name: {"type": kind.split(" . ") if "." in kind else kind} for name, kind in _SETS.items()}
    return (
        not table.flags
        and not table.others
        and table.kinds == hooks
        and all(tuple(table.chains[name]) == rules for name, rules in fixed.items())
        and table.sets == {**kinds, _GUARDED: {"type": "ifname", "map": "verdict"}}
        and all(verdict == {"jump": {"target": _CHAIN % port}} for port, verdict in jumps.items())
        and len(jumps) == len(table.elements[_GUARDED])
    )
