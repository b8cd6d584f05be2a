# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a host is taken back to when a plan fails half-way: only what the plan touches is made, changed or deleted.

Meanwhile others were at work, above all in containers. What they made or removed is none of this plan's business, and
what was not found in its place before the plan is not put there after it.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import CreateBridge, CreateVeth, DeleteLink
from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespaces import DeleteNamespace


def way_back(now, plan):
    """Return the state to go back to.

    Args:
        now: the host as it is observed after the failure.
        plan: the `Plan`.
    """
    before = plan.before
    touched, deleted = _links_of(plan), {step.name for step in plan.steps if isinstance(step, DeleteLink)}
    links = {name: link for name, link in now.links.items() if name not in touched}
    # In their order on the host before, so that ports of a bridge get the numbers that they had.
    for name in (name for name in before.links if name in touched):
        link, there = before.links[name], now.links.get(name)
        if link.complete and (name in deleted or there is not None and there.displaced is None):
            links[name] = link
        elif there is not None:
            links[name] = there
    removed = {step.name for step in plan.steps if isinstance(step, DeleteNamespace)}
    entered = _namespaces_of(plan)
    namespaces = {name: namespace for name, namespace in now.namespaces.items() if name not in entered}
    for name in (name for name in before.namespaces if name in entered):
        if name in now.namespaces or name in removed:
            namespaces[name] = _with_others(before.namespaces[name], now.namespaces.get(name))
    return dataclasses.replace(before, links=links, namespaces=namespaces)


def _links_of(plan):
    """Names of the host's links that the plan touches; ports lose their bridge with it."""
    names = set()
    for step in plan.steps:
        if isinstance(step, (CreateBridge, CreateVeth)):
            names.add(step.link.name)
        elif isinstance(step, DeleteLink):
            names.add(step.name)
        elif getattr(step, "netns", None) is None:
            names.update(_named(step))
    return names | {name for name, link in plan.before.links.items() if link.master in names}


def _named(step):
    """Return the names of links that a step in the host's own namespace has."""
    links = (getattr(step, "after", None), getattr(step, "link", None))
    named = [link.name for link in links if hasattr(link, "other_end")]
    return [*named, *(getattr(step, field) for field in ("device", "name") if hasattr(step, field))]


def _namespaces_of(plan):
    names = set()
    for step in plan.steps:
        link = getattr(step, "link", None) or plan.before.links.get(getattr(step, "name", None))
        names.update({getattr(step, "netns", None), getattr(step, "name", None), getattr(link, "netns", None)})
    return names - {None}


def _with_others(before, now):
    """A namespace as it was, but for what others have on its interfaces now."""
    if now is None or now.inode != before.inode:
        return before
    links = {
        name: dataclasses.replace(
            link,
            addresses=tuple(item for item in link.addresses if item.ours)
            + tuple(item for item in now.links[name].addresses if not item.ours),
        )
        if name in now.links
        else link
        for name, link in before.links.items()
    }
    return dataclasses.replace(before, links=links)
