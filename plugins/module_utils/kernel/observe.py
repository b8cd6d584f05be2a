# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the state of a host."""

from __future__ import annotations

import dataclasses
import errno

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import forwarding_settings, inventory, sysctls
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.inside import keys_of, look_inside, named
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces import namespaces
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.other_ends import with_other_ends, without_ends
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.traffic_control import rate_limits
from ansible_collections.hostnet.containers.plugins.module_utils.state.host import State
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import Namespace

# A name of others that went meanwhile, or that stands for a namespace of another kind, tells nothing more.
_NOT_THERE = (errno.ENOENT, errno.EINVAL)


def observe(netlink, needs):
    """Read what is needed of the host.

    Args:
        netlink: a `Netlink`.
        needs: the `ObservationNeeds`; its firewall is not read here.

    Returns:
        tuple: a `State` with an entry for every name of a namespace, of which those that were not asked for tell only
        their name; and the names of helpers of limited veth pairs that an interrupted run left.

    Raises:
        OSError: with the kernel's reason.
    """
    # First, as the kernel gives numbers to the namespaces of other ends when it is asked for links.
    raw = links.dump(netlink.host) if needs.links else {}
    entered, raw_inside = {}, {}
    names = namespaces.names()
    for name, namespace in names.items():
        if namespace.inode is not None and (needs.owned_namespaces or name in needs.namespaces):
            keys = [key for netns, key in needs.sysctls if netns in (name, "*")]
            try:
                entered[name], raw_inside[name] = netlink.inside(name, look_inside, namespace, keys)
            except OSError as error:
                if error.errno not in _NOT_THERE:
                    raise
    limits, leftovers = rate_limits.observe(netlink.host, raw)
    bridges = [item.link.name for item in raw.values() if item.link.kind == "bridge"]
    own_keys = keys_of([wish for netns, wish in needs.sysctls if netns is None], bridges)
    settings, advertised = forwarding_settings.read(netlink.host, raw) if needs.forwarding else ({}, frozenset())
    shown = [link for link in named(raw, netlink.host) if not rate_limits.is_helper(link)]
    told, entered = with_other_ends(netlink.host, shown, raw, entered, raw_inside, _by_claim(entered, needs))
    state = State(
        links={
            link.name: dataclasses.replace(link, shaping=limits.get(link.name, link.shaping), altnames=())
            for link in told
        },
        namespaces={**names, **entered},
        sources={source: _source(netlink, source, needs) for source in needs.sources},
        inode=namespaces.own_inode() if needs.sources else None,
        sysctls={**sysctls.read(netlink.host, own_keys), **settings},
        advertised=advertised,
        inventory=_inventory(netlink, needs, raw, raw_inside),
    )
    return state, leftovers


def _source(netlink, source, needs):
    """A namespace that is to be attached, which has no name of ours yet."""
    inode = namespaces.inode_of(source)
    if inode is None:
        return None
    keys = [key for netns, key in needs.sysctls if netns is not None]
    try:
        found, _raw = netlink.inside(namespaces.file_of(source), look_inside, Namespace("", inode=inode), keys)
    except OSError as error:
        if error.errno not in _NOT_THERE:
            raise
        return None
    return without_ends(dataclasses.replace(found, owner=None, attached=False, claimed=False))


def _inventory(netlink, needs, raw, raw_inside):
    if needs.inventory:
        found = {name: netlink.inside(name, inventory.whole, inside) for name, inside in raw_inside.items()}
        return {**found, None: inventory.whole(netlink.host, raw)}
    return {None: inventory.routes_only(netlink.host, raw)} if needs.routes else {}


def _by_claim(entered, needs):
    """Names of namespaces; of two names of one namespace, the later is the one to know it by.

    That is the name that was asked for, else the one it was made with, else one that we gave it.
    """
    return sorted(
        entered,
        key=lambda name: (
            name in needs.namespaces,
            entered[name].ours and not entered[name].attached,
            entered[name].ours,
        ),
    )
