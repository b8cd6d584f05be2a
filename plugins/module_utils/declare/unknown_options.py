# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that nobody knows, at any depth of a list of declarations."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.unknown_names import unknown_names


def unknown_options(elements, values, label=""):
    """Return a sentence for each option that there is not, with its place and the nearest option that there is.

    Args:
        elements: the `Elements` of the list.
        values: what the user wrote; what is no list of dicts is left to those that type it.
        label: what an element is called, such as ``network``.
    """
    found = []
    for position, value in enumerate(values if isinstance(values, (list, tuple)) else ()):
        if isinstance(value, dict):
            place = _place(label, position, value)
            found += ["%s: %s" % (place, told) for told in unknown_names(map(str, value), list(elements.spec))]
            found += ["%s, %s" % (place, told) for told in _deeper(elements, value)]
    return found


def _deeper(elements, value):
    for field in dataclasses.fields(elements.element_class):
        inner = field.metadata.get("elements")
        if inner is not None and field.name in elements.spec:
            yield from unknown_options(inner, value.get(field.name), field.name)


def _place(label, position, value):
    """An element with a name is called by it, for people count badly."""
    if isinstance(value.get("name"), str):
        return "%s %s" % (label[:-1] if label.endswith("s") else label, value["name"])
    return "%s[%d]" % (label, position)
