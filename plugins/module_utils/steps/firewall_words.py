# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of `actions` for a change of the firewall, in terms of what the user declared."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.backends import OTHER, program_name
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.changed_rules import (
    bridges_of_changes,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import Tables
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.services import Services

_NAME = {4: "IPv4", 6: "IPv6"}
# How a line begins that is about rules which stand for nothing that a user declares.
ONLY_RULES = "update the "


def service_lines(before, after, family):
    """Return the lines for the change of one family's rules."""
    old, new = before.services or Services(), after.services or Services()
    lines = _changes(old.ports, new.ports, family, "publish", "withdraw", _port)
    lines += _changes(old.masquerades, new.masquerades, family, "masquerade", "stop masquerading", _masquerade)
    lines += _queries(old.dns, new.dns, family)
    if family == _first_changed(before, after):
        lines += _policies(old.policies, new.policies)
    moved = before.other_firewall.get(family, Tables())
    changed = _tables(before, after, family)
    if changed and not lines and not moved.hold_ours:
        about = bridges_of_changes(before.firewall[family], after.firewall[family], {*old.bridges, *new.bridges})
        lines.append(
            "%s%s rules of this collection in table %s%s"
            % (ONLY_RULES, _NAME[family], changed, ": " + ", ".join(about) if about else "")
        )
    was, now = (_policy(state.firewall[family]) for state in (before, after))
    if was != now and not (moved.hold_ours and now == _policy(moved)):
        lines.append("set the %s policy of chain FORWARD: %s -> %s" % (_NAME[family], was, now))
    return tuple(lines)


def other_lines(old, new, family):
    """Return the lines for a change of the tables of the backend of iptables that is not in use."""
    backend = new.backend or old.backend
    programs = (program_name(family, backend), program_name(family, OTHER.get(backend)))
    return ("move the %s rules of this collection from %s to %s" % (_NAME[family], *programs),)


def note_lines(before, after, family):
    """Return the line for the note of how forwarding was, which goes without saying while its rule changes, too."""
    old, new = before.services or Services(), after.services or Services()
    if old.switches.get(family) != new.switches.get(family):
        return ()
    return ("%s how %s forwarding was" % ("note" if family in after.remembered else "forget", _NAME[family]),)


def _first_changed(before, after):
    """A policy holds for both families and is told once, by the first whose rules it changes."""
    changed = (family for family in sorted(after.firewall) if before.firewall[family] != after.firewall[family])
    return next(changed, None)


def _policy(tables):
    return tables.table("filter").policies["FORWARD"]


def _changes(old, new, family, verb, opposite, text):
    lines = []
    for key, item in new.items():
        if item.family == family and key not in old:
            lines.append("%s %s" % (verb, text(item)))
        elif item.family == family and old[key] != item:
            lines.append("change %s to %s" % (text(old[key]), text(item)))
    lines += ["%s %s" % (opposite, text(item)) for key, item in old.items() if key not in new and item.family == family]
    return lines


def _queries(old, new, family):
    """What differs of the addresses where queries are let through."""
    lines = []
    for verb, servers, others in (("accept", new, old), ("stop accepting", old, new)):
        for bridge, server in servers.items():
            for address in server.of_family(family):
                if bridge not in others or address not in others[bridge].addresses:
                    lines.append("%s DNS queries from %s to %s" % (verb, bridge, address))
    return lines


def _port(port):
    target = ("[%s]:%s" if port.family == 6 else "%s:%s") % (port.container_ip, port.target_port)
    words = ["%s -> %s" % (port, target)]
    defaults = type(port)()
    for name in ("loopback", "hairpin", "allowed_sources"):
        if getattr(port, name) != getattr(defaults, name):
            words.append("%s=%s" % (name, _word(getattr(port, name))))
    return " ".join(words)


def _masquerade(item):
    words = [str(item.source)]
    if item.out_interface:
        words.append("leaving by %s" % item.out_interface)
    if item.to_source:
        words.append("as %s" % item.to_source)
    if item.exclude:
        words.append("except to %s" % _word(item.exclude))
    if item.random_fully:
        words.append("with random ports")
    return " ".join(words)


def _policies(old, new):
    lines = []
    for bridge, policy in new.items():
        if old.get(bridge) != policy:
            words = [
                "%s=%s" % (field.name, _word(getattr(policy, field.name)))
                for field in dataclasses.fields(policy)
                if field.name in _ALWAYS or field.name in _IF_GIVEN and getattr(policy, field.name)
            ]
            lines.append("set forwarding of bridge %s: %s" % (bridge, " ".join(words)))
    return lines + ["remove forwarding of bridge %s" % bridge for bridge in old if bridge not in new]


_ALWAYS = ("isolate", "internal", "icc", "direct_access")
_IF_GIVEN = ("host_access", "deny_destinations")


def _word(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _tables(before, after, family):
    old, new = before.firewall[family], after.firewall[family]
    return ", ".join(name for name in ("raw", "nat", "filter") if old.table(name).chains != new.table(name).chains)
