# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps between two states of the units of systemd: proxies of published ports, and DNS servers of networks."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.resources.dns import dns_steps
from ansible_collections.hostnet.containers.plugins.module_utils.resources.port_publish.proxies import proxy_steps


def unit_steps(before, after):
    """Return the steps from the units of one state to those of another."""
    return proxy_steps(before, after) + dns_steps(before, after)
