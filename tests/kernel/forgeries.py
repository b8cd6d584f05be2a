# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Frames by which the container with number 2 of the network `WEB` claims to be somebody else."""

from __future__ import annotations

from frames import (
    EXPERIMENTAL,
    FRAGMENT,
    SERVICE_VLAN,
    VLAN,
    advertisement_behind,
    arp,
    bpdu,
    duplicate_address_detection,
    group_query,
    llc,
    raw,
    redirect,
    router_advertisement_of_ipv4,
    tagged,
    to_link_local_group,
)
from networks import WEB
from packets import (
    ALL_NODES,
    ALL_NODES_MAC,
    BROADCAST,
    arp_announcement,
    frame,
    link_local,
    neighbour_advertisement,
    router_advertisement,
    udp,
)

MACS = {last: "02:42:0a:14:00:%02x" % last for last in (2, 3, 4)}
MARK = b"forged by a container"
_MAC, _SIBLING, _THIRD = MACS.values()


def _at(family, last):
    return WEB.address(family, last)


def _datagram(family, source, target, mac=_MAC, target_mac=_THIRD, **ports):
    return frame(mac, target_mac, udp(source, target, MARK, **ports))


def _of(family):
    own, sibling, third, gateway = (_at(family, last) for last in (2, 3, 4, 1))
    dhcp = {4: (67, 68), 6: (547, 546)}[family]
    return {
        "the address of a sibling": _datagram(family, sibling, third),
        "the address of the host": _datagram(family, gateway, third),
        "an address of nobody": _datagram(family, _at(family, 77), third),
        "the MAC of a sibling": _datagram(family, own, third, mac=_SIBLING),
        "a sibling in all": _datagram(family, sibling, third, mac=_SIBLING),
        "a sibling to all": _datagram(family, sibling, third, mac=_SIBLING, target_mac=BROADCAST),
        "an answer of DHCP": _datagram(family, own, third, source_port=dhcp[0], target_port=dhcp[1]),
        "a tag": tagged(_datagram(family, own, third), (VLAN, 0)),
        "tags": tagged(_datagram(family, own, third), (SERVICE_VLAN, 5), (VLAN, 5)),
        "a redirect": redirect(_MAC, own, third, family),
        "a query": group_query(_MAC, own, family),
    }


FORGERIES = {
    **{"%s, IPv%d" % (name, family): made for family in (4, 6) for name, made in _of(family).items()},
    "ARP for a sibling": arp_announcement(_MAC, _at(4, 3)),
    "ARP for the host": arp(_MAC, _at(4, 1), _at(4, 4), operation=2, target=_THIRD),
    "ARP under another's MAC": arp_announcement(_SIBLING, _at(4, 3)),
    "a probe": arp(_MAC, "0.0.0.0", _at(4, 3)),
    "router discovery": router_advertisement_of_ipv4(_MAC, _at(4, 2)),
    "an advertisement of a sibling's": neighbour_advertisement(_MAC, _at(6, 3), _at(6, 2)),
    "an advertisement of the host's": neighbour_advertisement(_MAC, _at(6, 1), link_local(_MAC)),
    "an advertisement in a fragment": advertisement_behind(_MAC, _at(6, 3), FRAGMENT),
    "detection of a sibling's": duplicate_address_detection(_MAC, _at(6, 3)),
    "a router": router_advertisement(_MAC, "2001:db8:bad::/64"),
    "a sibling's link-local address": frame(_MAC, ALL_NODES_MAC, udp(link_local(_SIBLING), ALL_NODES, MARK)),
    "another protocol": raw(_MAC, _THIRD, EXPERIMENTAL, MARK + bytes(50)),
    "no protocol": llc(_MAC, _THIRD, MARK + bytes(50)),
    "a bridge": bpdu(_SIBLING),
    **{"a group %x" % last: to_link_local_group(_SIBLING, last, MARK + bytes(50)) for last in (0, 3, 14)},
}
