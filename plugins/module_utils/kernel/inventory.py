# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking stock of a namespace."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import neighbours
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.routing import routes
from ansible_collections.hostnet.containers.plugins.module_utils.state.inventory import Inventory


def routes_only(session, raw):
    """Return the `Inventory` of the session's namespace without neighbours. Raises Refused."""
    return Inventory(routes=routes.dump_all(session, _names(raw)))


def whole(session, raw):
    """Return the `Inventory` of the session's namespace. Raises Refused.

    Args:
        session: a `Session` in the namespace.
        raw: its raw links, from their numbers.
    """
    names = _names(raw)
    return Inventory(routes=routes.dump_all(session, names), neighbours=neighbours.dump(session, names))


def _names(raw):
    return {item.index: item.link.name for item in raw.values()}
