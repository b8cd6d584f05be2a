# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps between two states of the namespaces of a host."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.sysctls import (
    concerns,
    sysctl_steps,
    without_ipv6_switches,
)
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import LOOPBACK, Namespace
from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import (
    ChangeLink,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespaces import (
    AdoptNamespace,
    AttachNamespace,
    CreateNamespace,
    DeleteNamespace,
    HandOverNamespace,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.obstacles import RestoreLoopback


def namespace_steps(before, after):
    """Return the steps that create and change namespaces."""
    found = []
    for name, namespace in after.namespaces.items():
        if namespace.debris:
            continue
        old = before.namespaces.get(name)
        moved = old is not None and namespace.attached and old.inode != namespace.inode
        if moved and not old.debris:
            found.append(DeleteNamespace(name))
        if old is None or old.debris or moved:
            found.append(_namespace_made(namespace))
            old = _as_born(before, namespace)
        elif old.owner != namespace.owner:
            adopted = old.claimed != namespace.claimed
            handed_over = HandOverNamespace(name, old.owner, namespace.owner, namespace.attached)
            found.append(AdoptNamespace(name, namespace.owner) if adopted else handed_over)
        lo, old_lo = namespace.links.get("lo"), old.links.get(old.loopback)
        # Another owner's mark comes with the namespace.
        change = ChangeLink(name, dataclasses.replace(old_lo, owner=lo.owner), lo) if lo and old_lo else None
        if change is not None and change.changes():
            found.append(change)
        if old.loopback_lacks and not namespace.loopback_lacks:
            found.append(RestoreLoopback(name, old.loopback_lacks))
        sysctls = without_ipv6_switches(namespace.sysctls)
        present = {key: value for key, value in sysctls.items() if not _of_a_new_link(key, namespace, old)}
        found += [step for group in sysctl_steps(name, old.sysctls, present) for step in group]
    return found


def _as_born(before, namespace):
    """What is in a namespace that was just made, or that only got a name."""
    if namespace.attached:
        return before.sources.get(namespace.source) or Namespace(namespace.name)
    return Namespace(namespace.name, links={LOOPBACK: namespace.links[LOOPBACK]})


def _of_a_new_link(key, namespace, old):
    """Settings of an interface that is yet to be born are written once it is."""
    for name, link in namespace.links.items():
        was = old.links.get(name)
        if (was is None or was.index != link.index) and concerns(key, name):
            return True
    return False


def _namespace_made(namespace):
    if namespace.attached:
        return AttachNamespace(namespace.name, namespace.owner, namespace.source)
    return CreateNamespace(namespace.name, namespace.owner, namespace.links[namespace.loopback].up)


def removed_namespaces(before, after):
    """Return the steps that remove namespaces."""
    return [DeleteNamespace(name) for name in before.namespaces if name not in after.namespaces]
