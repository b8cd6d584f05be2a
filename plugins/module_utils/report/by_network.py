# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which network a line of a plan is about, for people who look after networks and not after interfaces."""

from __future__ import annotations

import re

# What a line calls by its kind is certain, whatever else bears the same name.
_NAMED = (re.compile(r"\bnetwork (\S+)"), re.compile(r"\bnamespace (\S+)"))


class Owners:
    """The networks that all named things of a plan belong to.

    Args:
        plan: the `Plan`.
    """

    def __init__(self, plan):
        self._networks, self._namespaces, self._others = _owners(plan)

    def network_of(self, line):
        """Return the name of the network that a line is about; None for one that is about none, or about all."""
        for pattern, known in zip(_NAMED, (self._networks, self._namespaces)):
            for word in pattern.findall(line):
                if _bare(word) in known:
                    return known[_bare(word)]
        words = (_bare(word) for word in line.split()[1:])
        return next((self._others[word] for word in words if word in self._others), None)


def _bare(word):
    """A name or an address without what follows it in a sentence: a comma, a colon, the number of a port."""
    word = word.rstrip(",:;")
    address = re.fullmatch(r"\[(\S+)\]:[\d-]+|([\d.]+):[\d-]+", word)
    return next(filter(None, address.groups())) if address else word


def _owners(plan):
    """Return dicts to the name of the network: from networks, from namespaces, from what else has a name of its own."""
    names, namespaces, others = {}, {}, {}
    for state in (plan.before, plan.after):
        for name, network in (state.networks or {}).items():
            names[name] = others[network.bridge_name] = name
        namespaces.update({name: item.owner for name, item in state.namespaces.items()})
        others.update({link.name: link.owner for link in state.links.values() if link.ours})
        if state.services is not None:
            others.update({str(port.container_ip): port.owner for port in state.services.ports.values()})
            others.update({str(item.source): item.owner for item in state.services.masquerades.values()})
    # Resources of single modules have owners that are no networks.
    return names, *({key: name for key, name in found.items() if name in names} for found in (namespaces, others))
