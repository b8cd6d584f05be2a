# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tracked connections that must not outlive a change of the published ports."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.steps.connections import ForgetConnections


def forget(before, after):
    """Return the step that forgets connections to withdrawn targets, and older ones past a newly published port."""
    if before.services is None or after.services is None:
        return []
    old, new = before.services.ports, after.services.ports
    withdrawn = tuple(port for key, port in old.items() if key not in new or _target(new[key]) != _target(port))
    published = tuple(port for key, port in new.items() if key not in old or _target(old[key]) != _target(port))
    return [ForgetConnections(withdrawn, published)] if withdrawn or published else []


def _target(port):
    return (port.container_ip, port.target_port, port.allowed_sources)
