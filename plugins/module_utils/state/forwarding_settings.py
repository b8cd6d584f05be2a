# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel settings that go with IP forwarding, and what the kernel makes of them when forwarding is switched.

Measured on 6.18, and so since long before: a change of ``net.ipv4.ip_forward`` writes the forwarding of every interface
and of those to come, and turns ``accept_redirects`` round; one of IPv6 writes the forwarding of every interface and of
those to come, and, when it becomes 1, removes default routes that interfaces learned by router advertisement unless
their ``accept_ra`` is 2. Packets of IPv4 pass only where the interface that they came by forwards, too; for IPv6 that
is of no account.
"""

from __future__ import annotations

KEY = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}
REDIRECTS = "net.ipv4.conf.all.accept_redirects"
EVERY_ROUTE_LOCALNET = "net.ipv4.conf.all.route_localnet"
TO_COME = "default"
_PREFIX = {4: "net.ipv4.conf.", 6: "net.ipv6.conf."}


def forwarding_key(family, device):
    """The setting by which an interface forwards."""
    return "%s%s.forwarding" % (_PREFIX[family], device.replace(".", "/"))


def accept_ra_key(device):
    """The setting by which an interface believes router advertisements."""
    return "net.ipv6.conf.%s.accept_ra" % device.replace(".", "/")


def route_localnet_key(device):
    """The setting that lets packets from 127.0.0.0/8 be routed into an interface."""
    return "net.ipv4.conf.%s.route_localnet" % device.replace(".", "/")


def is_of_interface(key, family):
    """Whether a setting is the forwarding of one interface, or of those to come."""
    return key != KEY[family] and key.startswith(_PREFIX[family]) and key.endswith(".forwarding")


def as_the_kernel_leaves(sysctls, key, value):
    """Return settings as they are once one of them has been written."""
    left = {**sysctls, key: value}
    for family in (4, 6):
        if key == KEY[family] and sysctls.get(key) != value:
            left.update({other: value for other in sysctls if is_of_interface(other, family)})
            if family == 4 and REDIRECTS in sysctls:
                left[REDIRECTS] = "1" if value == "0" else "0"
    return left
