# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the other end of a veth pair is, by what only the host's kernel tells.

Root in a container chooses names, numbers and aliases inside, and can make any two interfaces look like a pair. It does
not choose what the kernel tells of the host's end: the number that the host has for the namespace of the other end, and
the number of that end there. Which number the host has for a namespace, the kernel tells of an open file of it.
"""

from __future__ import annotations

import dataclasses
import os
import struct

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import pair_notes
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces.sessions import path_of
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.recorded import REQUEST, SEQUENCE

_RTM_GETNSID = 90
# Netlink header, family with its padding, and one attribute. As all requests of every run, without pyroute2.
_QUESTION = struct.Struct("=IHHII4xHHI")
_HEADER_SIZE = 4
# The number of the loopback interface of every namespace.
LOOPBACK = 1
_NSID, _FD = 1, 3
_NONE = 0xFFFFFFFF


def question(descriptor):
    """Return the request for the number that the host has for the namespace of an open file."""
    return _QUESTION.pack(_QUESTION.size, _RTM_GETNSID, REQUEST, SEQUENCE, 0, 8, _FD, descriptor)


def number_of(session, netns):
    """Return the number that the session's namespace has for a named one; None if it has none. Raises OSError."""
    try:
        descriptor = os.open(path_of(netns), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        reply = session.get_encoded(question(descriptor))
    finally:
        os.close(descriptor)
    number = wire_format.number(wire_format.attributes(reply, _HEADER_SIZE).get(_NSID), _NONE)
    return None if number == _NONE else number


def with_other_ends(session, links, raw, namespaces, raw_inside, names):
    """Tell each host end of ours where its other end is, and each other end that it is one.

    Args:
        session: the `Session` of the host.
        links: the links of the host.
        raw: dict from number to `RawLink`, of the host.
        namespaces: dict from name to `Namespace`, of those that were looked into.
        raw_inside: dict from name of a namespace to what `raw` is there.
        names: names of those namespaces; of two names of one, the later is the one to know it by.

    Returns:
        tuple: a list of links and a dict of namespaces.
    """
    numbers = {netns: number_of(session, netns) for netns in names} if raw else {}
    known_by = {numbers[netns]: netns for netns in names if numbers.get(netns) is not None}
    by_inode = {namespaces[netns].inode: netns for netns in names}
    found, ends = [], {}
    for link in links:
        if not link.ours or link.kind != "veth":
            found.append(link)
            continue
        end = raw[link.index]
        netns = known_by.get(end.other_netns) if end.other_netns is not None else None
        other = raw_inside[netns].get(end.other) if netns is not None else None
        there = None if other is None else (netns, other.link.name)
        found.append(_placed(link, there, namespaces, by_inode))
        if there is not None:
            ends[end.other_netns, end.other] = found[-1]
    return found, {netns: _with_ends(namespace, numbers.get(netns), ends) for netns, namespace in namespaces.items()}


def without_ends(namespace):
    """Return a namespace in which nothing counts as the other end of a pair of ours, whatever mark it bears."""
    return _with_ends(namespace, None, {})


def _placed(link, there, namespaces, by_inode):
    """The place of a pair is the one that the host noted; before there were notes, where it is."""
    note = pair_notes.note_of(link.name, link.index)
    if note is None:
        netns, peer = there or (None, None)
        return dataclasses.replace(link, netns=netns, peer=peer)
    if note.netns not in namespaces:
        # The namespace may go on under another of its names.
        netns, peer = there if there is not None and there[1] == note.peer else (None, None)
        return dataclasses.replace(link, netns=netns, peer=peer, noted=note.addresses)
    place = (by_inode[namespaces[note.netns].inode], note.peer)
    link = dataclasses.replace(link, netns=place[0], peer=place[1], noted=note.addresses)
    return link if place == there else dataclasses.replace(link, displaced=there or (), complete=False)


def _with_ends(namespace, number, ends):
    """In a container only what is the other end of a pair of ours, and in its place, is ours."""
    links = {}
    for name, link in namespace.links.items():
        host_end = ends.get((number, link.index)) if number is not None else None
        in_place = host_end is not None and host_end.displaced is None and host_end.peer == name
        owner = host_end.owner if in_place else None
        if link.index == LOOPBACK and namespace.made_here:
            owner = namespace.owner
        # A namespace that is not ours yet keeps what its lo says until it is.
        marked = link.complete and link.owner == owner or link.index == LOOPBACK and not namespace.made_here
        end_of = None if host_end is None else host_end.name
        links[name] = dataclasses.replace(link, owner=owner, complete=True, marked=marked, end_of=end_of)
    return dataclasses.replace(namespace, links=links)
