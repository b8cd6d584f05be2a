# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps between two states of the kernel settings of the host itself.

The kernel writes some on its own when IP forwarding is switched. Those steps put back what shall stay, right behind it.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.plan.difference.sysctls import (
    sysctl_steps,
    without_ipv6_switches,
)
from ansible_collections.hostnet.containers.plugins.module_utils.state.forwarding_settings import (
    KEY,
    TO_COME,
    as_the_kernel_leaves,
    forwarding_key,
    route_localnet_key,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.sysctls import SetSysctl

_STAYS = ", so that it keeps the default route that it learned by router advertisement"


def host_setting_steps(before, after):
    """Return the writes that open a way, and those that close one.

    Interfaces go on listening to their routers before forwarding comes, and until it is gone.
    """
    wanted = without_ipv6_switches(after.sysctls)
    current = {**before.sysctls, **_as_born(before, after)}
    learning = {key for key in wanted if key.endswith(".accept_ra") and current.get(key) != wanted[key]}
    as_router = sorted(key for key in learning if wanted[key] == "2")
    opening = [SetSysctl(None, key, "2", reason=_STAYS) for key in as_router]
    closing = []
    for key in KEY.values():
        value = wanted.get(key)
        if value is not None and current.get(key) != value:
            steps, current = _switched(before.sysctls, current, wanted, key, value)
            (closing if value == "0" else opening).extend(steps)
    others = {key: value for key, value in wanted.items() if key not in learning}
    further_opening, further_closing = sysctl_steps(None, current, others)
    lowered = [SetSysctl(None, key, wanted[key]) for key in sorted(learning - set(as_router))]
    return opening + further_opening, closing + further_closing + lowered


def _switched(before, current, wanted, key, value):
    left = as_the_kernel_leaves(current, key, value)
    changed = [other for other in sorted(left) if other != key and left[other] != current[other]]
    lost = [other for other in changed if wanted.get(other) == current[other]]
    steps = [SetSysctl(None, other, wanted[other], implied=wanted[other] == before.get(other)) for other in lost]
    return [SetSysctl(None, key, value), *steps], {**left, **{other: wanted[other] for other in lost}}


def _as_born(before, after):
    """A bridge that is made forwards as new interfaces do, and routes nothing to loopback addresses."""
    born = {}
    for name, link in after.links.items():
        old = before.links.get(name)
        if link.kind != "bridge" or old is not None and old.complete and old.index == link.index != 0:
            continue
        if forwarding_key(4, TO_COME) in before.sysctls:
            born[forwarding_key(4, name)] = before.sysctls[forwarding_key(4, TO_COME)]
        born[route_localnet_key(name)] = "0"
    return born
