# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making bridges and veth pairs."""

from __future__ import annotations

import contextlib
import os

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import link_settings, links, mark, sysctls
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import path_of
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.session import Refused
from ansible_collections.hostnet.containers.plugins.module_utils.state.host import BridgeSettings, PortSettings


def create_bridge(netlink, step):
    """Make a bridge whose MAC address does not follow its ports. Raises Refused."""
    session, link = netlink.host, step.link
    mac = link.mac or _random_mac()
    session.link("add", ifname=link.name, kind="bridge", group=mark.GROUP, address=mac, **_born_mtu(link.mtu))
    with _deleted_on_failure(session, link.name):
        session.link("set", ifname=link.name, ifalias=mark.alias_of(link.owner), **_given(mtu=link.mtu))
        link_settings.set_bridge(session, link.name, BridgeSettings(), link.bridge or BridgeSettings())
        sysctls.write(session, sysctls.key("ipv6", link.name, "accept_ra"), "0", implied=True)
        sysctls.write(session, sysctls.key("ipv4", link.name, "promote_secondaries"), "1", implied=True)
        if link.up:
            session.link("set", ifname=link.name, state="up")
        link_settings.check(session, link)


def create_veth(netlink, step):
    """Make a veth pair, its peer born in its namespace. Raises Refused, OSError."""
    session, link, peer = netlink.host, step.link, step.peer
    _add_pair(session, link, peer)
    with _deleted_on_failure(session, link.name):
        _finish_host_end(session, link)
        netlink.inside(link.netns, _finish_peer, peer)
        link_settings.check(session, link)


def _add_pair(session, link, peer):
    master = links.require(session, link.master).index if link.master else None
    descriptor = os.open(path_of(link.netns), os.O_RDONLY | os.O_CLOEXEC)
    try:
        session.link(
            "add",
            ifname=link.name,
            kind="veth",
            group=mark.GROUP,
            peer=_given(ifname=peer.name, net_ns_fd=descriptor, group=mark.GROUP, address=peer.mac, mtu=peer.mtu),
            **_given(master=master, mtu=link.mtu, address=link.mac),
        )
    finally:
        os.close(descriptor)


def _finish_host_end(session, link):
    """A port of a bridge has no addresses of its own, so it needs no IPv6."""
    if link.master:
        sysctls.write(session, sysctls.key("ipv6", link.name, "disable_ipv6"), "1", implied=True)
    session.link("set", ifname=link.name, ifalias=mark.alias_of(link.owner), **_state(link))
    if link.master and link.port:
        link_settings.set_port(session, link.name, PortSettings(), link.port)


def _finish_peer(session, peer):
    sysctls.write(session, sysctls.key("ipv6", peer.name, "accept_ra"), "0", implied=True)
    sysctls.write(session, sysctls.key("ipv4", peer.name, "promote_secondaries"), "1", implied=True)
    session.link("set", ifname=peer.name, ifalias=mark.alias_of(peer.owner), **_state(peer))
    link_settings.check(session, peer)


@contextlib.contextmanager
def _deleted_on_failure(session, name):
    try:
        yield
    except BaseException:
        with contextlib.suppress(Refused):
            session.link("del", ifname=name)
        raise


def _born_mtu(mtu):
    """An MTU other than the wanted one: only a change counts as the user's wish, which then outlives changes of ports."""
    return {} if mtu is None else {"mtu": mtu - 1 if mtu > 68 else mtu + 1}


def _random_mac():
    first, *rest = os.urandom(6)
    return bytes([first & 0xFC | 0x02, *rest]).hex(":")


def _state(link):
    return {"state": "up"} if link.up else {}


def _given(**values):
    return {key: value for key, value in values.items() if value is not None}
