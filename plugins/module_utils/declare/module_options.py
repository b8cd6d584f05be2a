# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of a module to a declaration: one resource by plain options, or many by a list."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.cross_checks import check_together
from ansible_collections.hostnet.containers.plugins.module_utils.declare.declaration import Declaration
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import owner_name
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import (
    Elements,
    argument_spec,
    as_given,
    parse,
    require,
)
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid

STATES = ("present", "absent")


def module_spec(resource_class):
    """Return the argument spec of the module of a resource class: its options, and a list of the same."""
    spec = dict(argument_spec(resource_class), state=dict(type="str", choices=list(STATES), default="present"))
    if _has_owner(resource_class):
        spec.update(owner=dict(type="str", default="default"), purge=dict(type="bool", default=False))
    spec[resource_class.LIST] = list_spec(resource_class)
    return spec


def list_spec(resource_class):
    """Return the argument spec of the option that is a list of resources."""
    return elements_of(resource_class).listed()


def declaration_of(resource_class, params, typed=as_given, list_name=None):
    """Turn the options of a module into a declaration.

    An option beside the list holds for every element that does not give its own.

    Args:
        resource_class: a class of `declare`.
        params: dict of the module's options, as Ansible typed them.
        typed: how elements that may be text are typed; see `Elements.options_of`.
        list_name: the name of the option that is the list of resources, where it is not that of the class.

    Raises:
        Invalid: naming the option and the remedy.
    """
    owner = _owner(params) if _has_owner(resource_class) else None
    items = [
        (_resource(resource_class, options, where, owner, typed), where, options["state"])
        for options, where in _elements(resource_class, params, typed, list_name or resource_class.LIST)
    ]
    for state in STATES:
        chosen = [(item, where) for item, where, wanted in items if wanted == state]
        check_together([item for item, _where in chosen], [where for _item, where in chosen])
    return Declaration(
        present=tuple(item for item, _where, state in items if state == "present"),
        absent=tuple(item for item, _where, state in items if state == "absent"),
        purged=((resource_class, owner),) if owner and params["purge"] else (),
        prefixes=tuple(where for _item, where, state in items if state == "present"),
    )


def elements_of(resource_class):
    """Return the `Elements` of the option that is a list of resources."""
    return Elements(resource_class, further={"state": dict(type="str", choices=list(STATES))})


def _has_owner(resource_class):
    """Whether the user says who declares it; a network is its own owner."""
    return any(field.name == "owner" for field in dataclasses.fields(resource_class))


def _owner(params):
    try:
        return owner_name(params["owner"])
    except ValueError as error:
        raise Invalid("owner", str(error)) from error


def _elements(resource_class, params, typed, name):
    """Return pairs of raw options and their prefix for messages."""
    listed = elements_of(resource_class)
    shared = {option: params.get(option) for option in listed.spec}
    if params.get(name) is None:
        if all(shared[key] is None for key in resource_class.KEY):
            raise Invalid("", "one of %s and %s is required" % (", ".join(resource_class.KEY), name))
        return [(shared, "")]
    key = resource_class.KEY[0]
    if shared[key] is not None:
        raise Invalid(key, "cannot be given beside %s; put it into an element" % name)
    elements = []
    for position, element in enumerate(params[name]):
        where = "%s[%d]" % (name, position)
        elements.append((dict(shared, **listed.options_of(element, where, typed)), where + "."))
    return elements


def _resource(resource_class, options, where, owner, typed):
    item = parse(resource_class, options, where, typed)
    if owner is not None:
        item = dataclasses.replace(item, owner=owner)
    if all(getattr(item, key) is None for key in resource_class.KEY):
        raise Invalid(where + resource_class.KEY[0], "is required")
    if options["state"] == "present":
        require(item, resource_class.NEEDED, where)
        item.check(where)
    return item
