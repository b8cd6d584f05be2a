# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units of systemd: proxies of published ports, and DNS servers of networks."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostnet.containers.plugins.module_utils.plan.dns import dns_steps, dns_units
from ansible_collections.hostnet.containers.plugins.module_utils.plan.proxies import proxy_steps, proxy_units


def with_units(state, services):
    """Return the host with the units that its services need.

    Raises:
        Missing: the host has no systemd, or not the program.
        Conflict: two services are in each other's way.
    """
    units = {**proxy_units(state, services), **dns_units(state, services)}
    return state if state.units is None else dataclasses.replace(state, units=units)


def unit_steps(before, after):
    """Return the steps from the units of one state to those of another."""
    return proxy_steps(before, after) + dns_steps(before, after)
