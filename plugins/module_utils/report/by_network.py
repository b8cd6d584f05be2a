# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which network a line of a plan is about, for people who look after networks and not after interfaces."""

from __future__ import annotations

import re

from ansible_collections.hostnet.containers.plugins.module_utils.report.untold import is_of_rules_only
from ansible_collections.hostnet.containers.plugins.module_utils.resources.on_record import is_routed
from ansible_collections.hostnet.containers.plugins.module_utils.state.forwarding_settings import KEY
from ansible_collections.hostnet.containers.plugins.module_utils.steps.sysctls import SetSysctl
from ansible_collections.hostnet.containers.plugins.module_utils.steps.units import RemoveUnit, SetUnit
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.proxy import name_of, target_of

# What a line calls by its kind is certain, whatever else bears the same name.
_NAMED = (re.compile(r"\bnetwork (\S+)"), re.compile(r"\bnamespace (\S+)"))
_DEVICE = re.compile(r"^net[./]\w+[./](?:conf|neigh)[./](.*)[./]\w+$")


class Owners:
    """The networks that all named things of a plan belong to.

    Args:
        plan: the `Plan`.
    """

    def __init__(self, plan):
        self._plan = plan
        self._networks, self._namespaces, self._others = _owners(plan)

    def lines(self):
        """Yield each line of the plan with the names of the networks that it is about, none if it is about no one's."""
        for step in self._plan.steps:
            for line in step.describe():
                yield line, self._users(step) or self._networks_of(line, _subject(step, self._plan))

    def _users(self, step):
        """Forwarding as a whole is of all networks that packets are routed for."""
        families = [family for family, key in KEY.items() if isinstance(step, SetSysctl) and step.key == key]
        networks = (self._plan.after.networks or {}).items()
        return [name for name, item in networks for family in families if is_routed(item, family)]

    def _networks_of(self, line, subject):
        for pattern, known in zip(_NAMED, (self._networks, self._namespaces)):
            for word in pattern.findall(line):
                if _bare(word) in known:
                    return [known[_bare(word)]]
        words = [*subject, *map(_bare, line.split()[1:])]
        found = list(dict.fromkeys(self._others[word] for word in words if word in self._others))
        return found if is_of_rules_only(line) else found[:1]


def _subject(step, plan):
    """What a step is about that its line may not name as it is known by."""
    if isinstance(step, SetSysctl) and step.netns is None:
        return [name.replace("/", ".") for name in _DEVICE.findall(step.key)]
    if isinstance(step, (SetUnit, RemoveUnit)):
        service = name_of(step.name) + ".service"
        texts = (state.units.get(service, "") for state in (plan.after, plan.before))
        return [target for target in map(target_of, texts) if target]
    return []


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
