# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no container with `anti_spoof` sends: claims to addresses of others, answers of routers, frames beside IP.

Each frame arrives once the guard is taken away. And what an honest container needs arrives with it.
"""

from __future__ import annotations

import pytest
from frames import (
    ADVERTISEMENT,
    DESTINATION_OPTIONS,
    EXPERIMENTAL,
    FRAGMENT,
    NONCE,
    ROUTER_SOLICITATION,
    SERVICE_VLAN,
    SOLICITATION,
    VLAN,
    advertisement_behind,
    arp,
    discovery,
    duplicate_address_detection,
    group_query,
    group_report,
    llc,
    raw,
    redirect,
    router_advertisement_of_ipv4,
    tagged,
)
from networks import WEB, make
from packets import (
    ALL_NODES,
    ALL_NODES_MAC,
    BROADCAST,
    arp_announcement,
    frame,
    hardware,
    link_local,
    mac_of,
    neighbour_advertisement,
    router_advertisement,
    udp,
)
from talk import PATIENCE, Ear, inject, pings

FORGED_MAC = "02:42:de:ad:be:ef"
PAYLOAD = b"forged-by-a"


@pytest.fixture
def web(lab):
    """A network of two containers; `guard(False)` takes the protection of both away.

    What containers send each other does not pass iptables here, which would stop some of it, too.
    """
    for name in ("iptables", "ip6tables"):
        lab.host.run(["sysctl", "-q", "net.bridge.bridge-nf-call-%s=0" % name])
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"], pair={"anti_spoof": True})

    def guard(on, **options):
        pairs = [
            {
                "netns": name,
                "addresses": [WEB.interface(family, last) for family in (4, 6)],
                "anti_spoof": on,
                **options,
            }
            for last, name in ((2, "a"), (3, "b"))
        ]
        return lab.host.module("veth_pair", bridge="web", pairs=pairs)

    lab.guard = guard
    lab.mac, lab.mac_b = mac_of(lab.a), mac_of(lab.b)
    return lab


def own(family):
    return WEB.address(family, 2)


def datagram(web, family, source=None, mac=None, target=None, **ports):
    """From a to b."""
    packet = udp(source or own(family), WEB.address(family, 3), PAYLOAD, **ports)
    return frame(mac or web.mac, target or web.mac_b, packet)


def local(mac):
    """To all, by the link-local address."""
    return udp(link_local(mac), ALL_NODES, PAYLOAD, source_port=547, target_port=5000)


BOTH = {
    "the MAC of the sibling": lambda web, family: datagram(web, family, mac=web.mac_b, target=BROADCAST),
    "a MAC that nobody has": lambda web, family: datagram(web, family, mac=FORGED_MAC),
    "a tag with number 0": lambda web, family: tagged(datagram(web, family), (VLAN, 0)),
    "a tag": lambda web, family: tagged(datagram(web, family), (VLAN, 5)),
    "a priority tag": lambda web, family: tagged(datagram(web, family), (VLAN, 7 << 13)),
    "a service tag": lambda web, family: tagged(datagram(web, family), (SERVICE_VLAN, 5)),
    "tags upon tags": lambda web, family: tagged(datagram(web, family), (SERVICE_VLAN, 5), (VLAN, 0), (VLAN, 6)),
    "a forged source in a tag": lambda web, family: tagged(datagram(web, family, WEB.address(family, 9)), (VLAN, 0)),
    "another protocol": lambda web, family: raw(web.mac, web.mac_b, EXPERIMENTAL, PAYLOAD + bytes(50)),
    "another protocol to all": lambda web, family: raw(web.mac, BROADCAST, 0x8035, PAYLOAD + bytes(50)),
    "no protocol": lambda web, family: llc(web.mac, web.mac_b, PAYLOAD + bytes(50)),
    "an answer of a DHCP server": lambda web, family: datagram(web, family, source_port={4: 67, 6: 547}[family]),
    "an answer to a DHCP client": lambda web, family: datagram(web, family, target_port={4: 68, 6: 546}[family]),
    "a redirect": lambda web, family: redirect(web.mac, own(family), WEB.address(family, 3), family),
    "a query for groups": lambda web, family: group_query(web.mac, own(family), family),
}
ONLY_4 = {
    "an ARP probe": lambda web, _: arp(web.mac, "0.0.0.0", WEB.address(4, 3)),
    "an ARP announcement": lambda web, _: arp_announcement(web.mac, WEB.address(4, 3)),
    "an ARP answer": lambda web, _: arp(web.mac, WEB.gateway(4), WEB.address(4, 3), operation=2, target=web.mac_b),
    "a gratuitous ARP answer": lambda web, _: arp(web.mac, WEB.gateway(4), WEB.gateway(4), operation=2),
    "own ARP with another's MAC in it": lambda web, _: arp_announcement(web.mac, own(4), web.mac_b),
    "router discovery": lambda web, _: router_advertisement_of_ipv4(web.mac, own(4)),
}
ONLY_6 = {
    "a neighbour advertisement": lambda web, _: neighbour_advertisement(web.mac, WEB.address(6, 3), own(6)),
    "one from the link-local address": lambda web, _: neighbour_advertisement(
        web.mac, WEB.gateway(6), link_local(web.mac)
    ),
    "one behind options": lambda web, _: advertisement_behind(web.mac, WEB.address(6, 3), DESTINATION_OPTIONS),
    "one in a fragment": lambda web, _: advertisement_behind(web.mac, WEB.address(6, 3), FRAGMENT),
    "detection of a duplicate": lambda web, _: duplicate_address_detection(web.mac, WEB.address(6, 3)),
    "detection of the gateway's": lambda web, _: duplicate_address_detection(web.mac, WEB.gateway(6)),
    "a router advertisement": lambda web, _: router_advertisement(web.mac, "2001:db8:bad::/64"),
    "an answer of a DHCP server by link-local": lambda web, _: frame(web.mac, ALL_NODES_MAC, local(web.mac)),
    "own advertisement with another's MAC in it": lambda web, _: discovery(
        web.mac, ADVERTISEMENT, own(6), told=web.mac_b, about=own(6)
    ),
    "a solicitation with another's MAC in it": lambda web, _: discovery(
        web.mac, SOLICITATION, own(6), told=web.mac_b, about=WEB.address(6, 3)
    ),
    "that behind another option": lambda web, _: discovery(
        web.mac, SOLICITATION, own(6), told=web.mac_b, about=WEB.address(6, 3), before=NONCE
    ),
    "that behind its own MAC": lambda web, _: discovery(
        web.mac, SOLICITATION, own(6), told=web.mac_b, about=WEB.gateway(6), before=b"\1\1" + hardware(web.mac)
    ),
    "a router solicitation with another's MAC in it": lambda web, _: discovery(
        web.mac, ROUTER_SOLICITATION, link_local(web.mac), told=web.mac_b
    ),
    "another's link-local address": lambda web, _: frame(web.mac, ALL_NODES_MAC, local(web.mac_b)),
}
FRAMES = [
    *((family, name, build) for name, build in BOTH.items() for family in (4, 6)),
    *((4, name, build) for name, build in ONLY_4.items()),
    *((6, name, build) for name, build in ONLY_6.items()),
]


@pytest.mark.parametrize(
    ("number", "name", "build"), FRAMES, ids=["%s-ipv%d" % (name, number) for number, name, _build in FRAMES]
)
def test_a_frame_that_no_honest_container_sends(web, number, name, build):
    attack = build(web, number)
    known = PAYLOAD if PAYLOAD in attack else attack[14:60]
    ears = Ear(web.b), Ear(web.host, "web")
    for _attempt in range(3):
        inject(web.a, attack)
    assert [ear.hears(known) for ear in ears] == [None, None]
    web.guard(False)
    ear = Ear(web.b)
    inject(web.a, attack)
    assert ear.hears(known) is not None, name


HONEST = {
    "an ARP probe": lambda web: arp(web.mac, "0.0.0.0", own(4)),
    "an ARP request": lambda web: arp(web.mac, own(4), WEB.address(4, 3)),
    "an ARP announcement": lambda web: arp_announcement(web.mac, own(4)),
    "duplicate address detection": lambda web: duplicate_address_detection(web.mac, own(6)),
    "that of the link-local address": lambda web: duplicate_address_detection(web.mac, link_local(web.mac)),
    "a neighbour advertisement": lambda web: neighbour_advertisement(web.mac, own(6)),
    "an advertisement with its MAC": lambda web: discovery(web.mac, ADVERTISEMENT, own(6), about=own(6)),
    "a solicitation": lambda web: discovery(web.mac, SOLICITATION, own(6), about=WEB.address(6, 3)),
    "duplicate address detection that knows its echo": lambda web: duplicate_address_detection(web.mac, own(6), NONCE),
    "a router solicitation": lambda web: discovery(web.mac, ROUTER_SOLICITATION, link_local(web.mac)),
    "a report of groups": lambda web: group_report(web.mac),
    "a report of groups later": lambda web: group_report(web.mac, link_local(web.mac)),
    "IPv4": lambda web: datagram(web, 4),
    "IPv6": lambda web: datagram(web, 6),
    "a query of DNS": lambda web: datagram(web, 4, target_port=53),
    "a request of a DHCP client": lambda web: datagram(web, 4, source_port=68, target_port=67),
    "a broadcast": lambda web: frame(web.mac, BROADCAST, udp(own(4), "10.20.0.255", PAYLOAD)),
    "a multicast": lambda web: frame(web.mac, "01:00:5e:01:02:03", udp(own(4), "239.1.2.3", PAYLOAD)),
}


@pytest.mark.parametrize("name", HONEST)
def test_a_frame_of_an_honest_container(web, name):
    sent = HONEST[name](web)
    ear = Ear(web.b)
    inject(web.a, sent)
    assert ear.hears(sent[14:50]) is not None


def test_allowed_addresses_may_leave_and_may_be_claimed(web, family):
    """One for a service that moves between containers; and a network that is behind one."""
    moving, behind = WEB.address(family, 50), {4: "10.99.7.7", 6: "fd00:99::7"}[family]
    allowed = ["10.20.0.50", "fd00:20::32", "10.99.0.0/16", "fd00:99::/64"]
    frames = [datagram(web, family, source=moving), datagram(web, family, source=behind)]
    if family == 4:
        frames += [arp_announcement(web.mac, moving), arp(web.mac, "0.0.0.0", moving)]
    else:
        frames += [neighbour_advertisement(web.mac, moving), duplicate_address_detection(web.mac, moving)]
    for attack in frames:
        ear = Ear(web.b)
        inject(web.a, attack)
        assert ear.hears(attack[14:60]) is None
    pair = {"netns": "a", "bridge": "web"}
    assert web.host.module("veth_pair", allowed_addresses=allowed, **pair)["changed"]
    assert not web.host.module("veth_pair", allowed_addresses=allowed, **pair)["changed"]
    assert not web.host.module("veth_pair", **pair)["changed"]
    for sent in frames:
        ear = Ear(web.b)
        inject(web.a, sent)
        assert ear.hears(sent[14:60]) is not None
    assert pings(web.a, WEB.address(family, 3), timeout=PATIENCE)
    ear = Ear(web.b)
    inject(web.a, datagram(web, family, source=WEB.address(family, 51)))
    assert ear.hears(PAYLOAD) is None
    assert web.host.module("veth_pair", allowed_addresses=[], **pair)["changed"]
    inject(web.a, frames[0])
    assert ear.hears(PAYLOAD) is None


def test_an_allowed_address_leaves_the_bridge_too(lab, family):
    """The walls of layer 3 know of it."""
    source = {4: "10.99.7.7", 6: "fd00:99::7"}[family]
    containers = [{"name": "a", "allowed_addresses": ["10.99.7.0/24", "fd00:99::/64"]}]
    network = {"name": "web", "bridge": "web", "subnets": ["10.20.0.0/24", "fd00:20::/64"], "masquerade": False}
    lab.host.module("network", containers=containers, **network)
    a, target = lab.host.container("a"), {4: "192.0.2.2", 6: "2001:db8:1::2"}[family]
    attack = frame(mac_of(a), mac_of(lab.host, "web"), udp(source, target, PAYLOAD))
    ear = Ear(lab.lan)
    inject(a, attack)
    assert ear.hears(PAYLOAD) is not None
    lab.host.module("network", containers=[{"name": "a"}], **network)
    inject(a, attack)
    assert ear.hears(PAYLOAD) is None
