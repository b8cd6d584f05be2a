# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps between two states of the rules on frames."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.state.bridge_table import BridgeTable
from ansible_collections.hostnet.containers.plugins.module_utils.steps.firewall import FilterFrames


def rules_first(before, after):
    """Rules go by names of interfaces: those of a new port stand before it is there."""
    old, new = _tables(before, after)
    return _step(before, after, old, _both(after, old, new))


def rules_last(before, after):
    """What a port must not do, it must not do until it is gone."""
    old, new = _tables(before, after)
    return _step(before, after, _both(after, old, new), new)


def _tables(before, after):
    return before.bridge_table or BridgeTable(), after.bridge_table or BridgeTable()


def _both(after, old, new):
    """The rules while there are ports that go, and that still send back what came in by them."""
    going = frozenset((old.ports | set(old.guards)) - set(after.links))
    guards = {name: guard for name, guard in old.guards.items() if name in going}
    return dataclasses.replace(
        new,
        ports=new.ports | old.ports & going,
        guards={**guards, **new.guards},
        reflecting=new.reflecting | old.reflecting,
        apart=new.apart | old.apart & going,
    )


def _step(before, after, old, new):
    return [] if old == new else [FilterFrames(old, new, _lines(before, after, old, new))]


def _lines(before, after, old, new):
    """What follows from a new link, or from one that goes or changes, goes without saying."""
    staying = set(before.links) & set(after.links)
    lines = [
        "guard %s: %s may leave" % (name, guard) for name, guard in new.guards.items() if old.guards.get(name) != guard
    ]
    lines += [
        "stop guarding the source addresses of %s" % name
        for name in old.guards
        if name not in new.guards and name in staying
    ]
    unchanged = {name for name in staying if after.links[name].port == before.links[name].port}
    changed = (old.ports ^ new.ports) | (new.reflecting - old.reflecting) & unchanged | (old.apart ^ new.apart)
    forgotten = (old.ports | set(old.guards)) - set(before.links) - set(after.links) - new.ports - set(new.guards)
    if not old.intact or changed & staying or forgotten:
        about = sorted(changed & staying | forgotten) if old.intact else ()
        words = ": " + ", ".join(about) if about else ""
        lines.append("update the rules of this collection in table bridge hostnet" + words)
    return tuple(lines)
