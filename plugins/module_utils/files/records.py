# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared networks on record: JSON files, so that they can be restored, completed and compared with what is there."""

from __future__ import annotations

import dataclasses
import json

from ansible_collections.hostnet.containers.plugins.module_utils.declare.as_options import as_options
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import parse
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid
from ansible_collections.hostnet.containers.plugins.module_utils.state.no_file import NoFile

FOLDER = "/etc/hostnet/networks/"
# Of the format. Records of the first release bear none.
VERSION = 1
# No option: what was found where none was declared, for a run in which the host has no default route for once.
_UPLINK_MTU = "uplink_mtu"


def path_of(name):
    """The file of a network."""
    return FOLDER + name + ".json"


def text_of(network):
    """Write a network, with the addresses that were allocated, as its options."""
    options = as_options(network)
    if network.uplink_mtu is not None:
        options[_UPLINK_MTU] = network.uplink_mtu
    return json.dumps({"version": VERSION, **options}, indent=1, sort_keys=True) + "\n"


def read_networks(files):
    """Read networks back.

    Args:
        files: dict from path to content; those that are no records are passed over.

    Returns:
        tuple: a dict from name to `Network`, and one from the name of each network whose record cannot be used to a
        sentence that says why.
    """
    found, damaged = {}, {}
    for path, content in files.items():
        if path.startswith(FOLDER):
            name = path[len(FOLDER) : -len(".json")]
            try:
                found[name] = _read(name, content)
            except (ValueError, TypeError, AttributeError, RecursionError, Invalid) as error:
                damaged[name] = "its record %s cannot be used: %s" % (path, error)
    return found, damaged


def _read(name, content):
    if isinstance(content, NoFile):
        raise ValueError("it is %s; remove it" % content)
    try:
        options = json.loads(content)
    except (ValueError, RecursionError):
        options = None
    if not isinstance(options, dict):
        raise ValueError("it is damaged; restore it, or remove it and declare the network anew")
    version = options.pop("version", VERSION)
    if version != VERSION or isinstance(version, bool):
        raise ValueError(
            "it was written in format %s by another version of this collection, and this one knows %d; use that one, "
            "or remove the record and declare the network anew" % (json.dumps(version), VERSION)
        )
    try:
        unknown = sorted(set(options) - {field.name for field in dataclasses.fields(Network)})
        if unknown:
            raise ValueError("it has no option %s" % unknown[0])
        network = dataclasses.replace(parse(Network, options), uplink_mtu=_uplink_mtu(options))
        if network.name != name:
            raise ValueError("it holds network %s" % network.name)
        network.check("")
    except (ValueError, TypeError, AttributeError, Invalid) as error:
        raise ValueError("%s; correct it, or remove it and declare the network anew" % error) from error
    return network


def _uplink_mtu(options):
    value = options.get(_UPLINK_MTU)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value <= 0):
        raise ValueError("%s is %r" % (_UPLINK_MTU, value))
    return value
