# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Warnings of what check mode takes for granted, since earlier tasks were only checked, too."""

from __future__ import annotations


def taken_for_granted(plan):
    """Return a sentence for what is named and not there, and one for what is removed and still in use."""
    before, observed = plan.before, plan.observed
    if observed is None or before is observed:
        return []
    missing = ["network %s" % name for name in before.networks or () if name not in (observed.networks or ())]
    missing += ["%s %s" % (_kind(link), name) for name, link in before.links.items() if name not in observed.links]
    missing += ["namespace %s" % name for name in before.namespaces if name not in observed.namespaces]
    missing += ["%s %s" % source for source in before.sources if observed.sources.get(source) is None]
    found = []
    if missing:
        found.append(
            "check mode takes for granted that earlier tasks would have made %s; what depends on how they are made is "
            "not foretold, and without them a real run fails" % ", ".join(missing)
        )
    users = [name for name, item in (observed.networks or {}).items() if before.networks[name] != item]
    if users:
        found.append(
            "check mode takes for granted that earlier tasks would have taken the containers of network %s off what "
            "this one removes; otherwise a real run fails" % " and ".join(sorted(users))
        )
    return found


def _kind(link):
    return {"bridge": "bridge", "veth": "veth pair"}.get(link.kind, "interface")
