# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which function carries out which step of a plan."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import conntrack, obstacles, sysctls
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import (
    addresses,
    link_changes,
    link_creation,
)
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces import namespaces
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.routing import routes, rules
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.traffic_control import rate_limits
from ansible_collections.hostnet.containers.plugins.module_utils.state.forwarding_settings import KEY
from ansible_collections.hostnet.containers.plugins.module_utils.steps.addresses import AddAddress, RemoveAddress
from ansible_collections.hostnet.containers.plugins.module_utils.steps.connections import RedecideFlows
from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import (
    Announce,
    ChangeLink,
    CreateBridge,
    CreateVeth,
    DeleteLink,
    NotePair,
    ShapeLink,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespaces import (
    AdoptNamespace,
    AttachNamespace,
    CreateNamespace,
    DeleteNamespace,
    HandOverNamespace,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.obstacles import (
    ClearInterface,
    ClearOtherName,
    ClearRoute,
    ClearRule,
    RenameLoopback,
    RestoreLoopback,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.routes import (
    AddRoute,
    AddRule,
    RemoveRoute,
    RemoveRule,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.sysctls import SetSysctl


def _inside(function, *fields):
    """Make a performer of a function that works in the step's namespace."""

    def perform(netlink, step):
        netlink.inside(step.netns, function, *(getattr(step, field) for field in fields))

    return perform


def _set(netlink, step):
    """An interface of others may go at any time, and its settings with it."""
    may_be_gone = step.netns is None and sysctls.is_of_an_interface(step.key)
    write = sysctls.switch_forwarding if step.netns is None and step.key == KEY[4] else sysctls.write
    netlink.inside(step.netns, write, step.key, step.value, step.implied or may_be_gone)


# Functions of a `Netlink` and the step; they raise OSError, or a HostnetError with a sentence.
PERFORMERS = {
    CreateNamespace: namespaces.create,
    AttachNamespace: namespaces.attach,
    AdoptNamespace: namespaces.adopt,
    HandOverNamespace: namespaces.hand_over,
    DeleteNamespace: namespaces.delete,
    CreateBridge: link_creation.create_bridge,
    CreateVeth: link_creation.create_veth,
    ChangeLink: link_changes.change,
    DeleteLink: link_changes.delete,
    AddAddress: _inside(addresses.add, "device", "interface"),
    Announce: _inside(addresses.announce_all, "device"),
    RemoveAddress: _inside(addresses.remove, "device", "interface"),
    AddRoute: _inside(routes.add, "device", "route"),
    RemoveRoute: _inside(routes.remove, "device", "route"),
    AddRule: _inside(rules.add, "rule"),
    RemoveRule: _inside(rules.remove, "rule"),
    ClearInterface: _inside(obstacles.clear_interface, "name"),
    ClearOtherName: _inside(obstacles.clear_other_name, "device", "name"),
    ClearRoute: _inside(obstacles.clear_route, "body"),
    ClearRule: _inside(obstacles.clear_rule, "body"),
    RenameLoopback: _inside(obstacles.rename_loopback, "name"),
    RestoreLoopback: _inside(obstacles.restore_loopback, "addresses"),
    NotePair: link_creation.note_pair,
    RedecideFlows: conntrack.redecide,
    ShapeLink: rate_limits.shape,
    SetSysctl: _set,
}
