# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What both filters share: their arguments, and errors as Ansible shows them."""

from __future__ import annotations

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import network
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.convert import POOL, Settings, convert
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.node import ComposeError


def converted(name, compose, prefix, variables, profiles, ipv4_pool):
    """Return what became of a Compose file.

    Args:
        name: of the filter, for messages.
        compose: the file; the others are the options of the filter, None for their defaults.
    """
    try:
        return convert(compose, _settings(prefix, variables, profiles, ipv4_pool))
    except ComposeError as error:
        raise AnsibleFilterError("%s: %s" % (name, error)) from error


def _settings(prefix, variables, profiles, ipv4_pool):
    if not isinstance(prefix, str):
        raise ComposeError("prefix", "%r is not text" % (prefix,))
    if variables is not None and not isinstance(variables, Mapping):
        raise ComposeError("variables", "%r is not a dict" % (variables,))
    if profiles is not None and not isinstance(profiles, (list, tuple)):
        raise ComposeError("profiles", "%r is not a list" % (profiles,))
    try:
        pool = network(POOL if ipv4_pool is None else ipv4_pool)
    except ValueError as error:
        raise ComposeError("ipv4_pool", str(error)) from error
    if pool.version != 4:
        raise ComposeError("ipv4_pool", "%s is no network of IPv4" % pool)
    return Settings(prefix, dict(variables or {}), tuple(profiles or ()), pool)
