# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making bridges and veth pairs."""

from __future__ import annotations

import contextlib
import os

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import ownership_marks, pair_notes, sysctls
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import link_settings, links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces.sessions import path_of
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import nest
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import ADD
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.pair_notes import PairNote
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Link

_LEAST_MTU = 68


def create_bridge(netlink, step):
    """Make a bridge whose MAC address does not follow its ports. Raises Refused."""
    session, link = netlink.host, step.link
    add(session, "bridge", link.name, [("IFLA_ADDRESS", link.mac or _random_mac()), ("IFLA_MTU", _born_mtu(link.mtu))])
    with _deleted_on_failure(session, link.name) as index:
        link_settings.set_link(session, index, mtu=link.mtu)
        link_settings.set_settings(session, index, links.require(session, link.name).link, link)
        _settle_ipv6(session, link.name)
        # What the default is for new interfaces shall not open the host's loopback addresses for a moment.
        sysctls.write(session, sysctls.key("ipv4", link.name, "route_localnet"), "0", implied=True)
        sysctls.write(session, sysctls.key("ipv4", link.name, "promote_secondaries"), "1", implied=True)
        # The alias last: without it the bridge counts as half-made, and the next run makes it anew.
        link_settings.set_link(session, index, alias=ownership_marks.alias_of(link.owner), up=link.up or None)
        link_settings.check(session, link)


def create_veth(netlink, step):
    """Make a veth pair, its peer born in its namespace. Raises Refused, OSError."""
    session, link, peer = netlink.host, step.link, step.peer
    _add_pair(session, link, peer)
    with _deleted_on_failure(session, link.name) as index:
        _finish_host_end(session, index, link)
        netlink.inside(link.netns, _finish_peer, peer)
        link_settings.check(session, link)


def _add_pair(session, link, peer):
    master = links.index_of(link.master) if link.master else None
    descriptor = os.open(path_of(link.netns), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        other_end = [
            ("IFLA_IFNAME", peer.name),
            ("IFLA_NET_NS_FD", descriptor),
            ("IFLA_GROUP", ownership_marks.GROUP),
            ("IFLA_ADDRESS", peer.mac),
            ("IFLA_MTU", peer.mtu),
        ]
        data = [("VETH_INFO_PEER", nest(other_end))]
        attributes = [("IFLA_MASTER", master), ("IFLA_MTU", link.mtu), ("IFLA_ADDRESS", link.mac)]
        add(session, "veth", link.name, attributes, data)
    finally:
        os.close(descriptor)


def add(session, kind, name, attributes, data=()):
    """Make a link that bears our group from its first moment; the kernel would ignore an alias."""
    information = [("IFLA_INFO_KIND", kind)] + ([("IFLA_INFO_DATA", nest(data))] if data else [])
    born = [("IFLA_IFNAME", name), ("IFLA_GROUP", ownership_marks.GROUP), ("IFLA_LINKINFO", nest(information))]
    session.request(links.RTM_NEWLINK, links.message(born + attributes), ADD)


def note_pair(netlink, step):
    """Note what belongs to a pair; for nothing, forget it. Raises Refused, OSError."""
    if step.link.noted is None:
        pair_notes.forget(step.link.name)
    else:
        _note(links.require(netlink.host, step.link.name).index, step.link)


def _note(index, link):
    pair_notes.remember(link.name, index, PairNote(link.netns, link.peer, link.noted))


def _finish_host_end(session, index, link):
    """A port of a bridge has no addresses of its own, so it needs no IPv6. What bears the alias is noted."""
    if link.noted is not None:
        _note(index, link)
    if link.master:
        sysctls.write(session, sysctls.key("ipv6", link.name, "disable_ipv6"), "1", implied=True)
    link_settings.set_settings(session, index, Link(link.name), link)
    alias = ownership_marks.alias_of(link.owner, link.chosen)
    # Up last: nothing passes a port before it is all that it shall be.
    link_settings.set_link(session, index, alias=alias, up=link.up or None)


def _finish_peer(session, peer):
    _settle_ipv6(session, peer.name)
    sysctls.write(session, sysctls.key("ipv4", peer.name, "promote_secondaries"), "1", implied=True)
    index = links.index_of(peer.name)
    link_settings.set_link(session, index, alias=ownership_marks.alias_of(peer.owner), up=peer.up or None)
    link_settings.set_settings(session, index, Link(peer.name), peer)
    link_settings.check(session, peer)


def _settle_ipv6(session, name):
    """No router advertisements are believed, and link-local addresses work at once: nobody else has them."""
    for setting in ("accept_ra", "accept_dad"):
        sysctls.write(session, sysctls.key("ipv6", name, setting), "0", implied=True)


@contextlib.contextmanager
def _deleted_on_failure(session, name):
    index = links.index_of(name)
    try:
        yield index
    except BaseException:
        with contextlib.suppress(OSError):
            session.request(links.RTM_DELLINK, links.message(index=index))
            pair_notes.forget(name)
        raise


def _born_mtu(mtu):
    """An MTU other than the wanted one: only a change counts as the user's wish and outlives changes of ports."""
    return None if mtu is None else mtu - 1 if mtu > _LEAST_MTU else mtu + 1


def _random_mac():
    first, *rest = os.urandom(6)
    return bytes([first & 0xFC | 0x02, *rest]).hex(":")
