# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text for ``iptables-restore --noflush --counters`` that leads from one firewall to another."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import (
    HOOKS,
    USER_CHAINS,
    is_ours,
)


def restore_text(before, after):
    """Return the text that changes our chains and hooks from `before` to `after`; empty if nothing differs.

    Only chains that differ are written. Rules that stay keep their packet counters. The text is one transaction
    for each table. The user's own chains are made empty when they are new, and never written again.
    """
    parts = []
    for name in HOOKS:
        old, new = before.table(name), after.table(name)
        lines = _policies(old, new) + _chains(old, new) + _hooks(name, old, new) + _removed(old, new)
        if lines:
            parts += ["*" + name] + lines + ["COMMIT"]
    return "".join(part + "\n" for part in parts)


def _policies(old, new):
    return [
        ":%s %s [0:0]" % (chain, policy)
        for chain, policy in sorted(new.policies.items())
        if old.policies.get(chain) != policy
    ]


def _chains(old, new):
    known = old.ours()
    changed = {name: rules for name, rules in new.ours().items() if known.get(name) != rules}
    lines = [":%s - [0:0]" % name for name in sorted(changed) if not (name in USER_CHAINS and name in known)]
    for name in sorted(changed):
        if name in USER_CHAINS and name in known:
            continue
        counters = {rule: rule.counters for rule in known.get(name, ())}
        lines += ["%s -A %s %s" % (counters.get(rule) or "[0:0]", name, rule.text) for rule in changed[name]]
    return lines


def _hooks(table, old, new):
    lines = []
    for hook in HOOKS[table]:
        if old.chains[hook] == new.chains[hook]:
            continue
        lines += ["-D %s %s" % (hook, rule.text) for rule in old.chains[hook] if is_ours(rule)]
        for position, rule in enumerate(new.chains[hook], start=1):
            if is_ours(rule):
                lines.append("-I %s %d %s" % (hook, position, rule.text))
    return lines


def _removed(old, new):
    gone = sorted(set(old.ours()) - set(new.ours()))
    return ["-F %s" % name for name in gone] + ["-X %s" % name for name in gone]
