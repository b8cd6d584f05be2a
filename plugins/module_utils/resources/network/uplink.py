# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interface with the default route, whose MTU is that of a network that declares none."""

from __future__ import annotations

import dataclasses

_LARGEST = 65535
# What the kernel gives an IPv6 route that says nothing.
_USUAL_METRIC = {4: 0, 6: 1024}


def with_uplink_mtu(state, network, former):
    """Return a declared network that knows the MTU of the uplink, if it declares none itself.

    Args:
        state: the observed host.
        network: the `Network`.
        former: the one on record, or None: its knowledge counts while the host has no default route.
    """
    if network.mtu is not None:
        return network
    known = former.uplink_mtu if former is not None else None
    return dataclasses.replace(network, uplink_mtu=_uplink_mtu(state) or known)


def _uplink_mtu(state):
    """The MTU of the interface by which most packets leave, that of IPv4 first; None without a default route."""
    inventory = state.inventory.get(None)
    found = []
    for route, device in inventory.routes if inventory is not None else ():
        link = state.links.get(device)
        if route.to.prefixlen == 0 and link is not None and not link.ours and link.mtu:
            metric = _USUAL_METRIC[route.to.version] if route.metric is None else route.metric
            found.append((route.to.version, metric, device, min(link.mtu, _LARGEST)))
    return min(found)[-1] if found else None
