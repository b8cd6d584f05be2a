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

# What an option that is passed on to the kernel as it is, is a setting of: the interface itself, which in a veth pair
# are both its ends; the bridge; the port of a bridge.
INTERFACE, BRIDGE, PORT = "interface", "bridge", "port"


def option(type_, parse=None, default=None, setting_of=None, born=None, write=None, **spec):
    """Declare one option as a dataclass field.

    Args:
        type_: the option's type in Ansible's argument spec, such as ``str`` or ``list``.
        parse: function from the user's value to the field's value; raises ValueError with a sentence.
        default: the field's value when the user gives none.
        setting_of: `INTERFACE`, `BRIDGE` or `PORT` for an option that is passed on to the kernel as it is; how, says
            its row in `kernel.links.attributes`.
        born: the value that such a setting has in a new link; None if that depends on the kernel.
        write: function from the field's value to what a user would write, where that is not the value as text.
        spec: further keys of the argument spec, such as ``choices`` or ``elements``.
    """
    # The field is made here and used in the body of a dataclass, which pylint cannot see.
    metadata = {"spec": dict(spec, type=type_), "parse": parse, "setting_of": setting_of, "born": born, "write": write}
    return dataclasses.field(default=default, metadata=metadata)  # pylint: disable=invalid-field-call


def option_list(element_class, parse=None, default=(), without=(), required=()):
    """Declare an option that is a list of dicts as a dataclass field: a tuple of instances of a class.

    Args:
        element_class: the class of the elements, whose fields were made by `option`. If it has a `SHORT_FORM`, a
            function from text to raw options, elements may be text, too.
        parse: function from the tuple of elements to the field's value.
        default: the field's value when the user gives none.
        without: names of options of the class that an element does not have.
        required: names of options without which an element says nothing.
    """
    elements = Elements(element_class, without, required)
    metadata = {"spec": elements.listed(), "parse": parse, "elements": elements}
    return dataclasses.field(default=default, metadata=metadata)  # pylint: disable=invalid-field-call


def option_of(resource_class, name, default=None):
    """Declare the option of another class anew, as that of a part is one of the whole; only the default is its own."""
    (found,) = (field for field in dataclasses.fields(resource_class) if field.name == name)
    return dataclasses.field(default=default, metadata=found.metadata)  # pylint: disable=invalid-field-call


def as_given(_spec, options, _path):
    """Take options as they are: those that Ansible has typed, or that we wrote ourselves."""
    return options


class Elements:
    """The elements of a list.

    Args:
        element_class: their class.
        without: names of options of the class that an element does not have.
        required: names of options without which an element says nothing.
        further: further options of an element, which are none of the class.
    """

    def __init__(self, element_class, without=(), required=(), further=()):
        self.element_class = element_class
        self.required = required
        spec = argument_spec(element_class)
        self.spec = {**{name: spec[name] for name in spec if name not in without}, **dict(further)}
        self._short_form = getattr(element_class, "SHORT_FORM", None)

    def listed(self):
        """Return the spec of the list. Ansible types no element that may be text; `options_of` does."""
        if self._short_form is not None:
            return {"type": "list", "elements": "raw"}
        return {"type": "list", "elements": "dict", "options": self.spec}

    def options_of(self, value, path, typed):
        """Return the raw options of one element.

        Args:
            value: what the user wrote.
            path: of the element, such as ``containers[2].ports[0]``.
            typed: function from spec, options and path to the options as Ansible types them, such as `as_given`.

        Raises:
            Invalid: naming the element or its option.
        """
        if not isinstance(value, dict):
            return self._expanded(value, path)
        unknown = [name for name in value if name not in self.spec]
        if unknown:
            raise Invalid(path, "has no option %s; use %s" % (unknown[0], ", ".join(sorted(self.spec))))
        given = {name: option for name, option in value.items() if option is not None}
        return typed(self.spec, given, path) if self._short_form is not None else given

    def _expanded(self, value, path):
        if self._short_form is None:
            raise Invalid(path, "%r is not a dict of options" % (value,))
        try:
            return self._short_form(value)
        except ValueError as error:
            raise Invalid(path, str(error)) from error


def argument_spec(resource_class):
    """Return Ansible's argument spec of a resource class: a dict from option name to its spec."""
    return {
        field.name: dict(field.metadata["spec"])
        for field in dataclasses.fields(resource_class)
        if "spec" in field.metadata
    }


def parse(resource_class, options, path="", typed=as_given):
    """Turn a dict of raw options into a resource.

    Args:
        resource_class: a dataclass whose fields were made by `option` and `option_list`.
        options: raw values by option name; None counts as not given.
        path: prefix for messages, such as ``bridges[1].``.
        typed: how elements that may be text are typed; see `Elements.options_of`.

    Raises:
        Invalid: naming the option and the remedy.
    """
    values = {}
    for field in dataclasses.fields(resource_class):
        raw = options.get(field.name)
        if raw is None or "spec" not in field.metadata:
            continue
        convert, elements = field.metadata["parse"], field.metadata.get("elements")
        if elements is not None:
            raw = _elements(elements, raw, path + field.name, typed)
        try:
            values[field.name] = convert(raw) if convert else raw
        except ValueError as error:
            raise Invalid(path + field.name, str(error)) from error
    return resource_class(**values)


def _elements(elements, raw, path, typed):
    found = []
    for position, value in enumerate(raw):
        where = "%s[%d]" % (path, position)
        item = parse(elements.element_class, elements.options_of(value, where, typed), where + ".", typed)
        require(item, elements.required, where + ".")
        found.append(item)
    return tuple(found)


def setting_names(resource_class, setting_of):
    """Return the names of the options that are settings of the interface, of the bridge, or of the port."""
    return [
        field.name for field in dataclasses.fields(resource_class) if field.metadata.get("setting_of") == setting_of
    ]


def settings_of(resource, setting_of):
    """Return the settings that a resource declares: a dict from name to value, without those that are left as is."""
    values = {name: getattr(resource, name) for name in setting_names(type(resource), setting_of)}
    return {name: value for name, value in values.items() if value is not None}


def born_settings(resource_class, setting_of):
    """Return the settings that a new link has, as far as that is known beforehand."""
    born = {field.name: field.metadata.get("born") for field in dataclasses.fields(resource_class)}
    return {name: born[name] for name in setting_names(resource_class, setting_of) if born[name] is not None}


def well_formed(resource):
    """Return a resource that was read back from what we wrote, if it is one that could be declared.

    Raises:
        ValueError: a value is none of its option.
        Invalid: its options contradict each other.
    """
    for field in dataclasses.fields(resource):
        value, spec = getattr(resource, field.name), field.metadata.get("spec", {})
        wrong = spec.get("type") == "bool" and not isinstance(value, bool)
        if value is not None and (wrong or value not in spec.get("choices", [value])):
            raise ValueError("%r is no value of %s" % (value, field.name))
    resource.check("")
    return resource


def require(resource, names, path=""):
    """Refuse a resource that lacks one of the named options."""
    for name in names:
        if getattr(resource, name) in (None, ()):
            raise Invalid(path + name, "is required for %s" % type(resource).KIND)
