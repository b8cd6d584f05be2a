# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of the host that change together with IP forwarding, and how they come back.

What the kernel resets on its own is as it was before. Interfaces that forwarded by themselves do so again when
forwarding goes back. One that learned its default route by router advertisement goes on listening to its router.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.services import Switch, without
from ansible_collections.hostnet.containers.plugins.module_utils.state.forwarding_settings import (
    KEY,
    REDIRECTS,
    accept_ra_key,
    as_the_kernel_leaves,
    is_of_interface,
    route_localnet_key,
)

_BELIEVES, _BELIEVES_AS_ROUTER = "1", "2"
_ACCEPT_RA, _ROUTE_LOCALNET = ".accept_ra", ".route_localnet"


def turned_on(state, family, former):
    """Switch forwarding on where it is off.

    Returns:
        tuple: the state, and the `Switch` that also remembers the settings which do not come back by themselves.
    """
    sysctls = state.sysctls
    if sysctls.get(KEY[family], "0") == "0":
        own = {key: value for key, value in sysctls.items() if is_of_interface(key, family) and value != "0"}
        if family == 6:
            learning = (accept_ra_key(name) for name in state.advertised)
            own.update({key: sysctls[key] for key in learning if sysctls.get(key) == _BELIEVES})
        former = dataclasses.replace(former, settings=_pairs({**own, **dict(former.settings)}))
        state = _with(state, _switched(sysctls, KEY[family], "1"))
    for key, _value in former.settings if former else ():
        if key.endswith(_ACCEPT_RA) and state.sysctls.get(key) == _BELIEVES:
            state = state.with_sysctl(key, _BELIEVES_AS_ROUTER)
    return state, former


def given_back(state, family, former):
    """Return the host with forwarding, and what it remembers with it, as it was."""
    if state.sysctls.get(KEY[family], "0") != former.forwarding:
        state = _with(state, _switched(state.sysctls, KEY[family], former.forwarding))
    return _as_they_were(state, former.settings)


def only_bridges_given_back(state, former):
    """Return the host with the bridges of others as they were, where forwarding stays on for others."""
    return _as_they_were(state, [pair for pair in former.settings if pair[0].endswith(_ROUTE_LOCALNET)])


def with_route_localnet(state, services, needed):
    """Let packets for 127.0.0.0/8 be routed into those bridges that need it, and into no other of ours.

    Args:
        state: the host after the plan.
        services: the services after the plan.
        needed: names of bridges.

    Returns:
        tuple: the state and the services. What is switched on for a bridge of others is remembered.
    """
    former = services.switches.get(4)
    kept = dict(former.settings) if former else {}
    for name, link in state.links.items():
        key = route_localnet_key(name)
        value = state.sysctls.get(key)
        if name in needed:
            if not link.ours and value == "0":
                kept.setdefault(key, value)
            state = state.with_sysctl(key, "1")
        elif key in kept:
            state = _as_they_were(state, [(key, kept.pop(key))])
        elif link.kind == "bridge" and link.ours and value == "1":
            state = state.with_sysctl(key, "0")
    present = {route_localnet_key(name) for name in state.links}
    kept = {key: value for key, value in kept.items() if not key.endswith(_ROUTE_LOCALNET) or key in present}
    return state, services.replace(switches=_remembering(services.switches, state, kept))


def _remembering(switches, state, kept):
    former = switches.get(4) or Switch(state.sysctls.get(KEY[4], "0"))
    switch = dataclasses.replace(former, settings=_pairs(kept))
    says_nothing = switch.forwarding != "0" and switch.policy is None and not kept
    return without(switches, {4}) if says_nothing or not kept and 4 not in switches else {**switches, 4: switch}


def _switched(sysctls, key, value):
    left = as_the_kernel_leaves(sysctls, key, value)
    return {**left, REDIRECTS: sysctls[REDIRECTS]} if REDIRECTS in sysctls else left


def _as_they_were(state, settings):
    """Of an interface that is gone there is nothing to write; what somebody changed meanwhile is theirs."""
    for key, value in settings:
        if key not in state.sysctls:
            continue
        ours = {_ACCEPT_RA: _BELIEVES_AS_ROUTER, _ROUTE_LOCALNET: "1"}.get("." + key.rpartition(".")[2])
        if ours in (None, state.sysctls[key]):
            state = state.with_sysctl(key, value)
    return state


def _with(state, sysctls):
    return dataclasses.replace(state, sysctls=sysctls)


def _pairs(settings):
    return tuple(sorted(settings.items()))
