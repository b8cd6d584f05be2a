# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options as data: one declaration gives the argument spec, the parsing and the dataclass field.

An option has no default in the argument spec. Its default is the default of the dataclass field, so that
"not given" can be told from "given as the default": an option written beside a list holds for every element
of the list that does not say otherwise.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid


def option(type_, parse=None, default=None, **spec):
    """Declare one option as a dataclass field.

    Args:
        type_: the option's type in Ansible's argument spec, such as ``str`` or ``list``.
        parse: function from the user's value to the field's value; raises ValueError with a sentence.
        default: the field's value when the user gives none.
        spec: further keys of the argument spec, such as ``choices`` or ``elements``.
    """
    # The field is made here and used in the body of a dataclass, which pylint cannot see.
    metadata = {"spec": dict(spec, type=type_), "parse": parse}
    return dataclasses.field(default=default, metadata=metadata)  # pylint: disable=invalid-field-call


def argument_spec(resource_class):
    """Return Ansible's argument spec of a resource class: a dict from option name to its spec."""
    return {
        field.name: dict(field.metadata["spec"])
        for field in dataclasses.fields(resource_class)
        if "spec" in field.metadata
    }


def parse(resource_class, options, path=""):
    """Turn a dict of raw options into a resource.

    Args:
        resource_class: a dataclass whose fields were made by `option`.
        options: raw values by option name; None counts as not given.
        path: prefix for messages, such as ``bridges[1].``.

    Raises:
        Invalid: naming the option and the remedy.
    """
    values = {}
    for field in dataclasses.fields(resource_class):
        raw = options.get(field.name)
        if raw is None or "spec" not in field.metadata:
            continue
        convert = field.metadata["parse"]
        try:
            values[field.name] = convert(raw) if convert else raw
        except ValueError as error:
            raise Invalid(path + field.name, str(error)) from error
    return resource_class(**values)


def require(resource, names, path=""):
    """Refuse a resource that lacks one of the named options."""
    for name in names:
        if getattr(resource, name) in (None, ()):
            raise Invalid(path + name, "is required for %s" % type(resource).KIND)
