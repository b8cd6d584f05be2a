# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of a Compose file with the place where they stand, so that every complaint names its key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from ansible_collections.hostnet.containers.plugins.module_utils.declare.unquoted import written
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.interpolation import interpolated

_TRUE = ("true", "yes", "on", "y", "1")
_FALSE = ("false", "no", "off", "n", "0")


class ComposeError(Exception):
    """A Compose file says something that cannot be used.

    Args:
        path: the key, such as ``services.web.ports[2]``.
        problem: what is wrong with which value, and what to write instead.
    """

    def __init__(self, path, problem):
        super().__init__("%s: %s" % (path, problem) if path else problem)


class Node:
    """A value and its place.

    Args:
        value: as YAML gives it.
        path: its key, such as ``services.web.ports[2]``.
        variables: what ``${NAME}`` stands for; None to take text as it is.
    """

    def __init__(self, value, path, variables=None):
        self.value = value
        self.path = path
        self._variables = variables

    @property
    def given(self):
        """Whether there is a value."""
        return self.value is not None

    def refuse(self, problem):
        """Return the error about this value."""
        return ComposeError(self.path, problem)

    def read(self, convert):
        """Return what a function makes of the text; its ValueError is about this value."""
        try:
            return convert(self.text())
        except ValueError as error:
            raise self.refuse(str(error)) from error

    def text(self):
        """Return a text. A number counts as one where Compose lets it."""
        if isinstance(self.value, bool) or not isinstance(self.value, (str, int, float)):
            raise self.refuse("%s is not text" % _shown(self.value))
        return self._interpolated(str(self.value))

    def only_text(self, parts):
        """Return a text that has colons. YAML 1.1, which Ansible reads, takes some of them for numbers in base 60.

        Args:
            parts: how many parts the text has that was meant.
        """
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            likely = written(abs(self.value), parts)
            raise self.refuse(
                "%d is a number, and YAML reads %s without quotes as one, too; quote what you mean, or give the file "
                "to this filter as text, which is read as Compose reads it" % (self.value, likely)
            )
        return self.text()

    def number(self):
        """Return an integer."""
        text = self.text()
        if not re.fullmatch("-?[0-9]{1,9}", text):
            raise self.refuse("%s is not a whole number" % _shown(text))
        return int(text)

    def switch(self):
        """Return a boolean."""
        if isinstance(self.value, bool):
            return bool(self.value)
        word = self._interpolated(self.value).lower() if isinstance(self.value, str) else ""
        if word not in _TRUE + _FALSE:
            raise self.refuse("%s is neither true nor false" % _shown(self.value))
        return word in _TRUE

    def entries(self, known=None):
        """Return a dict from key to `Node`; nothing is an empty one.

        Args:
            known: keys that there may be beside those that begin with ``x-``; None for any.
        """
        if self.value is None:
            return {}
        if not isinstance(self.value, Mapping):
            raise self.refuse("%s is not a mapping of keys to values" % _shown(self.value))
        found = {}
        for key, value in self.value.items():
            if not isinstance(key, str):
                raise self.refuse("the key %s is not text; quote it" % _shown(key))
            if known is not None and key.startswith("x-"):
                continue
            if known is not None and key not in known:
                raise ComposeError(self._below(key), "is no key of a Compose file here%s" % _nearest(key, known))
            found[str(key)] = Node(value, self._below(key), self._variables)
        return found

    def elements(self):
        """Return a list of `Node`; nothing is an empty one."""
        if self.value is None:
            return []
        if not isinstance(self.value, (list, tuple)):
            raise self.refuse("%s is not a list" % _shown(self.value))
        return [Node(item, "%s[%d]" % (self.path, place), self._variables) for place, item in enumerate(self.value)]

    def one_or_many(self):
        """Return a list of `Node` for a key that takes one value or a list of them."""
        return self.elements() if self.value is None or isinstance(self.value, (list, tuple)) else [self]

    def each(self):
        """Return a list of `Node` for a key that takes a list or a mapping."""
        return self.elements() if isinstance(self.value, (list, tuple)) else list(self.entries().values())

    def pairs(self):
        """Return a dict from text to `Node` for a key that takes a mapping, or a list of ``KEY=VALUE``."""
        if not isinstance(self.value, (list, tuple)):
            return self.entries()
        found = {}
        for item in self.elements():
            key, equals, value = item.text().partition("=")
            if not equals:
                raise item.refuse("%s is not KEY=VALUE" % _shown(key))
            found[key] = Node(value, item.path)
        return found

    def _below(self, key):
        return "%s.%s" % (self.path, key) if self.path else str(key)

    def _interpolated(self, text):
        if self._variables is None:
            return text
        try:
            return interpolated(text, self._variables)
        except ValueError as error:
            raise self.refuse(str(error)) from error


def _shown(value):
    """A value as a person recognises it; what is long is cut."""
    text = repr(str(value)) if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _nearest(key, known):
    close = difflib.get_close_matches(key, known, 1)
    return "; is %s meant?" % close[0] if close else ""
