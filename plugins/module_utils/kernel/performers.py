# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which function carries out which step of a plan."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import (
    addresses,
    conntrack,
    link_changes,
    link_creation,
    namespaces,
    routes,
    rules,
    shaping,
    sysctls,
)
from ansible_collections.hostnet.containers.plugins.module_utils.plan import steps


def _inside(function, *fields):
    """Make a performer of a function that works in the step's namespace."""

    def perform(netlink, step):
        netlink.inside(step.netns, function, *(getattr(step, field) for field in fields))

    return perform


# Functions of a `Netlink` and the step; they raise OSError, or a HostnetError with a sentence.
PERFORMERS = {
    steps.CreateNamespace: namespaces.create,
    steps.AttachNamespace: namespaces.attach,
    steps.DeleteNamespace: namespaces.delete,
    steps.CreateBridge: link_creation.create_bridge,
    steps.CreateVeth: link_creation.create_veth,
    steps.ChangeLink: link_changes.change,
    steps.DeleteLink: link_changes.delete,
    steps.AddAddress: _inside(addresses.add, "device", "interface"),
    steps.RemoveAddress: _inside(addresses.remove, "device", "interface"),
    steps.AddRoute: _inside(routes.add, "device", "route"),
    steps.RemoveRoute: _inside(routes.remove, "device", "route"),
    steps.AddRule: _inside(rules.add, "rule"),
    steps.RemoveRule: _inside(rules.remove, "rule"),
    steps.ForgetConnections: conntrack.forget,
    steps.ShapeLink: shaping.shape,
    steps.SetSysctl: _inside(sysctls.write, "key", "value", "implied"),
}
