# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scene: things declared on a host in memory, with every combination of some options."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, field

from ansible_collections.hostnet.containers.plugins.module_utils.declare.declaration import Declaration
from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError
from ansible_collections.hostnet.containers.plugins.module_utils.plan.plan import make_plan
from golden.rules_of import rules_of
from golden.table import sections
from model.declaring import declare
from model.memory_host import empty_host

FAMILIES = {"IPv4": 4, "IPv6": 6}
REFUSED = "refused"


@dataclass(frozen=True)
class Scene:
    """One subject, and what a file shows of it.

    Attributes:
        about: what is declared, as the head of the file says it.
        options: dict from the name of each option to a dict from the word that stands for a value to the value. A new
            option comes last, so that those before it stay as they are.
        declared: function from the options of a combination to pairs of kind and the options of its module.
        host: function from the options of a combination to the host in memory.
    """

    about: str
    options: dict
    declared: object
    host: object = lambda **_options: empty_host()
    _known: dict = field(default_factory=dict, init=False, repr=False)

    @property
    def words(self):
        """Dict from the name of each option to its words; the family of the rules is the first."""
        return {"family": tuple(FAMILIES), **{name: tuple(values) for name, values in self.options.items()}}

    def found(self):
        """Return a dict from every combination, a tuple of words, to a dict from section to lines.

        A combination that is refused has one section only, its message.
        """
        found = {}
        for words in itertools.product(*self.options.values()):
            options = {name: values[word] for (name, values), word in zip(self.options.items(), words)}
            try:
                after = self._after(options)
            except HostnetError as error:
                found.update({(family, *words): {REFUSED: (str(error),)} for family in FAMILIES})
            else:
                found.update({(name, *words): rules_of(after, family) for name, family in FAMILIES.items()})
        return found

    def _after(self, options):
        present = [item for kind, given in self.declared(**options) for item in self._parsed(kind, given)]
        return make_plan(self.host(**options).observe(None), Declaration(present=tuple(present))).after

    def _parsed(self, kind, given):
        """Most things are the same in many combinations, and read once."""
        key = kind, repr(given)
        if key not in self._known:
            self._known[key] = declare(kind, **given).present
        return self._known[key]


@dataclass(frozen=True)
class RuleTable:
    """The rules of all combinations of a scene.

    Attributes:
        scene: the scene.
        found: what `Scene.found` returns.
    """

    scene: Scene
    found: dict

    @functools.cached_property
    def sections(self):
        """The sections of the combinations that are not refused."""
        return sorted(sections(self.scene.words, self._where(refused=False)), key=_order)

    @functools.cached_property
    def refused(self):
        """The one section of messages, in a list; an empty list if no combination is refused."""
        there = self._where(refused=True)
        nothing = dict.fromkeys(self._where(refused=False), {})
        return sections(self.scene.words, {**nothing, **there}) if there else []

    def content(self, combination):
        """Return what the table says of a combination, in the form of `found`."""
        values = dict(zip(self.scene.words, combination))
        among = self.refused if any(item.content(values) for item in self.refused) else self.sections
        contents = {item.presence.text: item.content(values) for item in among}
        return {title: content for title, content in contents.items() if content is not None}

    def _where(self, refused):
        return {key: content for key, content in self.found.items() if (REFUSED in content) == refused}


def _order(section):
    """By table, the chains of the kernel first; what is no rule comes last."""
    table, _space, chain = section.presence.text.partition(" ")
    tables = ("raw", "nat", "filter", "kernel", "comment")
    return tables.index(table), chain.startswith("HOSTNET-")
