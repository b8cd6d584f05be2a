# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between the rules of ours in two firewalls, for people to read."""

from __future__ import annotations

import re

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import HOOKS, PREFIX, is_ours

_WORD = re.compile(r'[^\s"=]+')


def changed_rules(old, new):
    """Yield for each chain that differs its table, its name, and the lists of texts that are in one of them only.

    Only rules of ours and jumps to them count. Where they are the same in another order, each is told with its place.

    Args:
        old, new: two `Tables` of a family.
    """
    for name in HOOKS:
        was, now = old.table(name).chains, new.table(name).chains
        for chain in sorted({*was, *now}):
            if was.get(chain) != now.get(chain):
                before, after = (_ours(chain, chains.get(chain, ())) for chains in (was, now))
                gone = [item.text for _place, item in before if item not in _rules(after)]
                come = [item.text for _place, item in after if item not in _rules(before)]
                if gone or come:
                    yield name, chain, gone, come
                else:
                    yield name, chain, list(map(_placed, before)), list(map(_placed, after))


def bridges_of_changes(old, new, bridges):
    """Return the bridges that differing rules of ours are about, sorted; none where a rule is about no single one.

    Args:
        old, new: two `Tables` of a family.
        bridges: names of all bridges that rules are about.
    """
    found = set()
    for _table, chain, gone, come in changed_rules(old, new):
        own = {name for name in bridges if chain.endswith("-" + name)}
        for text in (*gone, *come):
            named = own or bridges.intersection(_WORD.findall(text))
            if not named:
                return ()
            found |= named
    return tuple(sorted(found))


def _ours(chain, rules):
    places = enumerate(rules, start=1)
    return [(place, item) for place, item in places if chain.startswith(PREFIX) or is_ours(item)]


def _rules(placed):
    return {item for _place, item in placed}


def _placed(placed):
    return "rule %d: %s" % (placed[0], placed[1].text)
