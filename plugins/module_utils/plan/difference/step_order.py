# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From two states of a host to the steps that lead from one to the other.

Rules on frames stand before the ports that they are for. New things come before the rules that serve them, rules
before the kernel settings that open a way, and removals last, so that what does not change is never interrupted.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.addresses_and_routes import rule_steps
from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.announcements import announcements
from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.bridge_table import (
    rules_first,
    rules_last,
)
from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.connections import flows_to_redecide
from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.files import (
    removed_files,
    written_files,
)
from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.firewall import (
    firewall_steps,
    other_backend_steps,
    remembered_forwarding,
)
from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.host_settings import host_setting_steps
from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.links import (
    bridge_steps,
    other_link_steps,
    port_steps,
    removed_links,
    replaced_links,
    veth_steps,
)
from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.namespaces import (
    namespace_steps,
    removed_namespaces,
)
from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.obstacles import obstacle_steps
from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.units import unit_steps


def difference(before, after, clearing=True):
    """Return the ordered steps that lead from the state `before` to the state `after`.

    Args:
        before: a `State`.
        after: another.
        clearing: whether what others made in containers, and is not in `after`, goes.
    """
    opening, closing = host_setting_steps(before, after)
    return tuple(
        rules_first(before, after)
        + (obstacle_steps(before, after) if clearing else [])
        + namespace_steps(before, after)
        + replaced_links(before, after)
        + bridge_steps(before, after)
        + veth_steps(before, after)
        + announcements(before, after)
        + rule_steps(before, after)
        + other_link_steps(before, after)
        + written_files(before, after)
        + remembered_forwarding(before, after, after.remembered)
        + closing
        + firewall_steps(before, after)
        + other_backend_steps(before, after)
        + port_steps(before, after)
        + opening
        + unit_steps(before, after)
        + flows_to_redecide(before, after)
        + removed_links(before, after)
        + rules_last(before, after)
        + removed_namespaces(before, after)
        + removed_files(before, after)
        + remembered_forwarding(before, after, set(before.remembered) - set(after.remembered))
    )
