# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables in the values of a Compose file, as Compose replaces them."""

from __future__ import annotations

import re

_REFERENCE = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<plain>[A-Za-z_][A-Za-z0-9_]*)"
    r"|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<how>:?[-?+])(?P<word>[^{}]*(?:\{[^{}]*\}[^{}]*)*))?\}|(?P<wrong>))"
)


def interpolated(text, variables):
    """Return a text with its variables replaced.

    ``$$`` is a dollar, ``$NAME`` and ``${NAME}`` the value, ``${NAME:-word}`` the word where there is none,
    ``${NAME:?word}`` an error then, and ``${NAME:+word}`` the word where there is one. Without the colon an empty value
    counts as one.

    Raises:
        ValueError: a variable has no value, or the form is none of these.
    """
    return _REFERENCE.sub(lambda match: _replacement(match, text, variables), text)


def _replacement(match, text, variables):
    if match["dollar"]:
        return "$"
    if match["wrong"] is not None:
        raise ValueError("%r has a $ that begins no variable; write $$ for the character itself" % text)
    name, how, word = match["plain"] or match["name"], match["how"] or "", match["word"] or ""
    value = variables.get(name)
    there = value is not None and (str(value) != "" or not how.startswith(":"))
    if how.endswith("+"):
        return interpolated(word, variables) if there else ""
    if there:
        return str(value)
    if how.endswith("-"):
        return interpolated(word, variables)
    raise ValueError("the variable %s has no value%s; give it in variables" % (name, ": " + word if word else ""))
