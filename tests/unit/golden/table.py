# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many sequences of lines as one: each line once, with the combinations of options in which it is there."""

from __future__ import annotations

from dataclasses import dataclass

from golden.conditions import conditions, holds
from golden.order import merged


@dataclass(frozen=True)
class Line:
    """A line of a section, and the conditions under which the section has it: at least one of them holds."""

    text: str
    conditions: list

    def there(self, values):
        """Whether it is there in a combination, given as a dict from option to word."""
        return any(holds(condition, values) for condition in self.conditions)


@dataclass(frozen=True)
class Section:
    """A chain, or whatever else consists of lines in an order.

    Attributes:
        presence: its title as a `Line`.
        lines: all lines that it has in some combination, in their order.
    """

    presence: Line
    lines: list

    def content(self, values):
        """Return the texts of its lines in a combination, or None if there is no such section."""
        if not self.presence.there(values):
            return None
        return tuple(line.text for line in self.lines if line.there(values))


def sections(options, found):
    """Merge what was found in all combinations.

    Args:
        options: dict from the name of each option to its words.
        found: dict from combination, a tuple of words, to a dict from the title of a section to a tuple of texts.

    Returns:
        list: of `Section`, in the order in which they were found first.
    """
    titles = {title: None for content in found.values() for title in content}
    merge = _Merge(options, set(found))
    return [
        merge.section(
            title, {combination: content[title] for combination, content in found.items() if title in content}
        )
        for title in titles
    ]


class _Merge:
    def __init__(self, options, combinations):
        self._options = options
        self._combinations = combinations
        self._known = {}

    def section(self, title, contents):
        """Return one section, given a dict from the combinations that have it to their texts."""
        texts, places = merged(contents.values())
        where = [set() for _text in texts]
        for combination, sequence in contents.items():
            for place in places[sequence]:
                where[place].add(combination)
        lines = [Line(text, self._when(there, set(contents))) for text, there in zip(texts, where)]
        return Section(Line(title, self._when(set(contents), self._combinations)), lines)

    def _when(self, there, among):
        key = frozenset(there), frozenset(among)
        if key not in self._known:
            self._known[key] = conditions(self._options, there, among - there)
        return self._known[key]
