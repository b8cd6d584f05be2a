# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the state of a host."""

from __future__ import annotations

import dataclasses
import errno

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import forwarding_settings, inventory, sysctls
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import addresses, links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces import namespaces, owner_notes
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.routing import routes, rules
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.traffic_control import rate_limits
from ansible_collections.hostnet.containers.plugins.module_utils.state.host import State
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Address
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import Namespace

_LOOPBACK = "lo"
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
    entered, raw_inside = {}, {}
    names = namespaces.names()
    for name, namespace in names.items():
        if namespace.inode is not None and (needs.owned_namespaces or name in needs.namespaces):
            keys = [key for netns, key in needs.sysctls if netns in (name, "*")]
            try:
                entered[name], raw_inside[name] = netlink.inside(name, _inside, namespace, keys)
            except OSError as error:
                if error.errno not in _NOT_THERE:
                    raise
    raw = links.dump(netlink.host) if needs.links else {}
    limits, leftovers = rate_limits.observe(netlink.host, raw)
    bridges = [item.link.name for item in raw.values() if item.link.kind == "bridge"]
    own_keys = _keys([wish for netns, wish in needs.sysctls if netns is None], bridges)
    settings, advertised = forwarding_settings.read(netlink.host, raw) if needs.forwarding else ({}, frozenset())
    state = State(
        links={
            link.name: dataclasses.replace(link, shaping=limits.get(link.name, link.shaping))
            for link in _with_other_ends(
                _named(raw, netlink.host if needs.links else None), raw, raw_inside, _by_claim(entered, needs)
            )
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
        found, _raw = netlink.inside(namespaces.file_of(source), _inside, Namespace("", inode=inode), keys)
    except OSError as error:
        if error.errno not in _NOT_THERE:
            raise
        return None
    return dataclasses.replace(found, owner=None, attached=False, claimed=False)


def _inventory(netlink, needs, raw, raw_inside):
    if needs.inventory:
        found = {name: netlink.inside(name, inventory.whole, inside) for name, inside in raw_inside.items()}
        return {**found, None: inventory.whole(netlink.host, raw)}
    return {None: inventory.routes_only(netlink.host, raw)} if needs.routes else {}


def _keys(wishes, devices):
    keys = [wish for wish in wishes if "*" not in wish]
    patterns = [wish for wish in wishes if "*" in wish]
    return keys + [wish.replace("*", name.replace(".", "/")) for wish in patterns for name in devices]


def _inside(session, namespace, keys):
    """Return a namespace as seen from inside, and its raw links."""
    raw = links.dump(session)
    found = {link.name: link for link in _named(raw, session)}
    by_index = routes.dump(session)
    note = owner_notes.note_of(namespace.name, namespace.inode, session.namespace_cookie())
    described = dataclasses.replace(
        namespace,
        owner=note.owner if note else None,
        attached=note is not None and note.attached,
        claimed=note is None and _LOOPBACK in found and found[_LOOPBACK].ours,
        links=found,
        routes={raw[index].link.name: by_index[index] for index in by_index if index in raw},
        rules=rules.dump(session),
        sysctls=sysctls.read(session, _keys(keys, found)),
    )
    return described, raw


def _named(raw, session):
    """Return the links of one namespace with their masters' names and their addresses."""
    if not raw:
        return []
    found = addresses.dump(session)
    return [
        dataclasses.replace(
            item.link,
            master=raw[item.master].link.name if item.master in raw else None,
            addresses=_of_link(item.link, found.get(item.index, ())),
        )
        for item in raw.values()
        if not rate_limits.is_helper(item.link)
    ]


def _of_link(link, found):
    """On a link of others no address counts as ours unless it says so."""
    if not addresses.kernel_keeps_mark() and not link.ours:
        return tuple(Address(item.interface, ours=False) for item in found)
    return tuple(found)


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


def _with_other_ends(host_links, raw, raw_inside, names):
    """Tell each host end of ours where its other end is.

    Numbers of links are unique only within a namespace, so both ends have to name each other. Where two namespaces
    still look alike, the end that bears our mark is the one. Of two names of one namespace, the later counts.
    """
    ends = {}
    for netns in names:
        for item in raw_inside[netns].values():
            if item.link.kind == "veth" and item.other_netns is not None:
                key = (item.other, item.index)
                if key not in ends or item.link.ours:
                    ends[key] = (netns, item.link.name)
    for link in host_links:
        if link.ours and link.kind == "veth":
            netns, peer = ends.get((link.index, raw[link.index].other), (None, None))
            yield dataclasses.replace(link, netns=netns, peer=peer)
        else:
            yield link
