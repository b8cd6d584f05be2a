# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of a diff for what stands for nothing that a user declares: single rules, notes and units of ours."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.changed_rules import changed_rules
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.rule_comments import switch_words
from ansible_collections.hostnet.containers.plugins.module_utils.steps.firewall import ApplyFirewall, RememberForwarding
from ansible_collections.hostnet.containers.plugins.module_utils.steps.firewall_words import ONLY_RULES

_FAMILY = {4: "ipv4", 6: "ipv6"}


def is_of_rules_only(line):
    """Whether a line of a plan is about rules that stand for nothing that a user declares."""
    return line.startswith(ONLY_RULES)


def untold(plan):
    """Return two dicts, of what is before a plan and of what is after it."""
    before, after = {}, {}
    for step in plan.steps:
        if isinstance(step, ApplyFirewall) and any(map(is_of_rules_only, step.lines)):
            for table, chain, gone, come in changed_rules(step.before, step.after):
                name = "%s %s %s" % (_FAMILY[step.family], table, chain)
                _add(before, "firewall", name, gone)
                _add(after, "firewall", name, come)
        elif isinstance(step, RememberForwarding) and step.lines:
            _add(before, "notes", _FAMILY[step.family], _words(plan.before.remembered.get(step.family)))
            _add(after, "notes", _FAMILY[step.family], _words(step.switch))
    for name, texts in _changed_units(plan):
        for shown, text, other in zip((before, after), texts, reversed(texts)):
            _add(shown, "units", name, _lines(text, other))
    return before, after


def _changed_units(plan):
    """What a unit is for is told elsewhere, but not that somebody changed it, or that it does not run."""
    old, new = plan.before.units or {}, plan.after.units or {}
    return [(name, (old[name], new[name])) for name in sorted({*old} & {*new}) if old[name] != new[name]]


def _lines(text, other):
    if not (text and other):
        return ["runs" if text else "does not run"]
    return [line for line in text.splitlines() if line not in other.splitlines()]


def _words(switch):
    return switch_words(switch) if switch is not None else []


def _add(shown, section, name, lines):
    if lines:
        shown.setdefault(section, {})[name] = lines
