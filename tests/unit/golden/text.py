# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A table of rules as the text of its file, one rule a line, so that a changed rule is a changed line."""

from __future__ import annotations

import re

from golden.rules_of import WORDS

_HELP = """
Written by `make golden`; see "Changing a rule" in CONTRIBUTING.md. Every combination of these options was tried. A
chain or rule without `when` is there in all of them (a rule: in all that have its chain), one with several `when`
where one of these holds. What follows # is the comment of a rule, unless it is the mark alone; options in comments
come last.
"""


def text_of(table):
    """Return the text of the file of a `RuleTable`."""
    blocks = [_section(item) for item in (*table.sections, *table.refused)]
    body = "\n\n".join(map("\n".join, blocks)) + "\n"
    words = {name: addresses for name, addresses in WORDS.items() if re.search(r"\b%s\b" % name, body)}
    head = [table.scene.about.strip(), _HELP, _listed(table.scene.words), _listed(words, ", ")]
    return "\n".join(head) + "\n" + body


def _listed(items, separator=" "):
    return "".join("  %-16s %s\n" % (name, separator.join(words)) for name, words in items.items())


def _section(section):
    yield section.presence.text
    yield from _when(section.presence, "    ")
    for line in section.lines:
        yield "  " + line.text
        yield from _when(line, "      ")


def _when(line, indent):
    for condition in line.conditions:
        if condition:
            yield indent + "when " + " ".join("%s=%s" % (name, ",".join(words)) for name, words in condition.items())
