# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declaring things as a user does: by the options of a module."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.declare.module_options import (
    declaration_of,
    module_spec,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.plan.plan import make_plan
from ansible_collections.hostnet.containers.plugins.module_utils.plan.resource_registry import KINDS, observation_needs

_CLASSES = {kind.__name__: kind for kind in (*KINDS, Network)}


def declare(kind, state="present", owner="default", purge=False, **options):
    """Return the declaration of a call of the module of a kind such as ``Bridge``."""
    resource_class = _CLASSES[kind]
    params = dict.fromkeys(module_spec(resource_class))
    params.update(options, state=state, owner=owner, purge=purge)
    return declaration_of(resource_class, params)


def run(host, declaration, check=False):
    """Plan a declaration on a host and, unless only checked, perform it."""
    plan = make_plan(host.observe(observation_needs(declaration)), declaration, assume=check)
    if not check:
        host.perform_all(plan.steps)
    return plan


def on(host, kind, **options):
    """Declare and run in one call."""
    return run(host, declare(kind, **options))
