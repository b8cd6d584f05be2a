# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of a Compose file, read as Compose reads it."""

from __future__ import annotations

import re

import yaml

from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.node import ComposeError

_MERGE = "tag:yaml.org,2002:merge"


class _ComposeLoader(yaml.SafeLoader):
    """Nothing is taken for a number, neither ``22:22`` nor ``3000``: where one is meant, its text is read as one.

    A key that is there twice is an error.
    """

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=False):
        """Return a dict."""
        seen = set()
        for key, _value in node.value:
            if key.tag != _MERGE and isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, "the key %r is there twice" % key.value, key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


for _tag, _form, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _ComposeLoader.add_implicit_resolver("tag:yaml.org,2002:" + _tag, re.compile("(?:%s)$" % _form), list(_first))


def loaded(text):
    """Return what the text of a Compose file says.

    Raises:
        ComposeError: it is not YAML.
    """
    try:
        return yaml.load(text, Loader=_ComposeLoader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = "line %d, column %d: " % (mark.line + 1, mark.column + 1) if mark else ""
        problem = getattr(error, "problem", None) or " ".join(str(error).split())
        raise ComposeError("", "the text is not YAML: %s%s" % (where, problem)) from error
