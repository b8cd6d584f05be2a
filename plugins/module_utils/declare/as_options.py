# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared resources as the options that a user would write for them: what `option.parse` reads."""

from __future__ import annotations

import dataclasses
import functools

from ansible_collections.hostnet.containers.plugins.module_utils.declare.plain_values import plain


def as_options(item):
    """Return the options of a resource as a dict; those that are as by default are left out."""
    found = {}
    for name, default, write in _fields(type(item)):
        value = getattr(item, name)
        if value != default:
            found[name] = write(value)
    return found


@functools.cache
def _fields(resource_class):
    return [
        (field.name, field.default, field.metadata["write"] or plain)
        if "elements" not in field.metadata
        else (field.name, field.default, _elements)
        for field in dataclasses.fields(resource_class)
        if "spec" in field.metadata
    ]


def _elements(items):
    return [as_options(item) for item in items]
