# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared networks on record: JSON files, so that they can be restored, completed and compared with what is there."""

from __future__ import annotations

import dataclasses
import json

from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import parse
from ansible_collections.hostnet.containers.plugins.module_utils.declare.plain_values import plain
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid, SystemFailure

FOLDER = "/etc/hostnet/networks/"


def path_of(name):
    """The file of a network."""
    return FOLDER + name + ".json"


def text_of(network):
    """Write a network, with the addresses that were allocated, as its options."""
    return json.dumps(_options(network), indent=1, sort_keys=True) + "\n"


def read_networks(files):
    """Read networks back.

    Args:
        files: dict from path to text; those that hold no network are passed over.

    Raises:
        SystemFailure: a text is not that of a network.
    """
    found = {}
    for path, text in files.items():
        if path.startswith(FOLDER):
            try:
                network = parse(Network, json.loads(text))
            except (ValueError, Invalid) as error:
                raise SystemFailure("%s does not hold a network (%s); correct or remove it" % (path, error)) from error
            found[network.name] = network
    return found


def _options(item):
    """Only what differs from the default is written, as a user would write it."""
    defaults = type(item)()
    found = {}
    for field in dataclasses.fields(item):
        value = getattr(item, field.name)
        if "spec" in field.metadata and value != getattr(defaults, field.name):
            found[field.name] = _option(field.name, value)
    return found


def _option(name, value):
    if name == "sysctls":
        return dict(value)
    if isinstance(value, tuple):
        return [
            _options(item) if dataclasses.is_dataclass(item) and hasattr(item, "KIND") else plain(item)
            for item in value
        ]
    return plain(value)
