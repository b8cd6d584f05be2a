# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps between two states of kernel settings."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.steps.sysctls import SetSysctl


def concerns(key, device):
    """Tell whether a kernel setting is that of an interface."""
    return ".%s." % device.replace(".", "/") in key or "/%s/" % device in key


def ipv6_switched(netns, key, old, new):
    """An interface has IPv6 before it gets an IPv6 address. What a new one has goes without saying."""
    value = new.get(key)
    return [] if value is None or old.get(key) == value else [SetSysctl(netns, key, value, implied=key not in old)]


def without_ipv6_switches(sysctls):
    """Return the settings that the user declared; those that switch IPv6 follow from addresses."""
    return {key: value for key, value in sysctls.items() if not key.endswith(".disable_ipv6")}


def sysctl_steps(netns, old, new):
    """Return the writes that open a way, and those that close one."""
    opening, closing = [], []
    for key, value in sorted(new.items()):
        if value is not None and old.get(key) != value:
            (closing if value == "0" else opening).append(SetSysctl(netns, key, value))
    return opening, closing
