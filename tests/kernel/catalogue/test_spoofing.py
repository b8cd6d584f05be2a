# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers that lie: about their addresses, and about who the router is. Scenarios 53 and 87, and `anti_spoof`.

Each test does the same once more without the protection, and then the lie succeeds.
"""

from __future__ import annotations

import time

import pytest
from networks import NEIGHBOUR_OF, WEB, make
from packets import BROADCAST, arp_announcement, frame, mac_of, neighbour_advertisement, router_advertisement, udp
from talk import PATIENCE, Ear, inject, pings, refuses

FORGED_MAC = "02:42:de:ad:be:ef"


@pytest.fixture
def web(lab):
    """A network of two containers; `guard(False)` takes the protection of both away."""
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"], pair={"anti_spoof": True})

    def guard(on):
        pairs = [
            {"netns": name, "addresses": [WEB.interface(family, last) for family in (4, 6)], "anti_spoof": on}
            for last, name in ((2, "a"), (3, "b"))
        ]
        return lab.host.module("veth_pair", bridge="web", pairs=pairs)

    lab.guard = guard
    return lab


def forged_source(web, family, kind):
    """An address that is not a's."""
    return {
        "sibling": WEB.address(family, 3),
        "gateway": WEB.gateway(family),
        "neighbour": NEIGHBOUR_OF[family],
        "free": WEB.address(family, 99),
    }[kind]


@pytest.mark.parametrize("kind", ["sibling", "gateway", "neighbour", "free"])
def test_a_container_sends_under_its_own_addresses_only(web, family, kind):
    """To a sibling, on the bridge; and to the outside, through the host."""
    source = forged_source(web, family, kind)
    to_sibling = frame(mac_of(web.a), mac_of(web.b), udp(source, WEB.address(family, 3), b"forged"))
    to_outside = frame(mac_of(web.a), mac_of(web.host, "web"), udp(source, NEIGHBOUR_OF[family], b"forged"))
    for ear, attack in ((Ear(web.b), to_sibling), (Ear(web.lan), to_outside)):
        inject(web.a, attack)
        assert ear.hears(b"forged") is None
    assert pings(web.a, WEB.address(family, 3), timeout=PATIENCE)
    assert pings(web.a, NEIGHBOUR_OF[family], timeout=PATIENCE)
    web.guard(False)
    ear = Ear(web.b)
    inject(web.a, to_sibling)
    assert ear.hears(b"forged") is not None
    if kind == "free":
        ear = Ear(web.lan)
        inject(web.a, to_outside)
        assert ear.hears(b"forged") is not None


def test_a_container_sends_under_its_own_hardware_address_only(web, family):
    ear = Ear(web.b)
    attack = frame(FORGED_MAC, mac_of(web.b), udp(WEB.address(family, 2), WEB.address(family, 3), b"forged"))
    inject(web.a, attack)
    assert ear.hears(b"forged") is None
    web.guard(False)
    inject(web.a, attack)
    assert ear.hears(b"forged") is not None


def remembered(place, address):
    """The hardware address that a place holds for an address."""
    found = [entry.get("lladdr") for entry in place.run("ip -j neigh").json if entry["dst"] == address]
    return found[0] if found else None


def lie_about(web, family, address, mac):
    """What a container sends to draw another's packets to itself."""
    if family == 4:
        return arp_announcement(mac_of(web.a), address, mac)
    return neighbour_advertisement(mac, address)


@pytest.mark.parametrize("victim", ["b", "host"])
def test_a_container_does_not_draw_the_packets_of_others_to_itself(web, family, victim):
    """By ARP, or neighbour discovery: b's gateway, and the host's b."""
    place, address = {"b": (web.b, WEB.gateway(family)), "host": (web.host, WEB.address(family, 3))}[victim]
    assert pings(place, address, timeout=PATIENCE)
    truth, own = remembered(place, address), mac_of(web.a)
    assert truth not in (None, own)
    inject(web.a, lie_about(web, family, address, own))
    assert remembered(place, address) == truth
    web.guard(False)
    assert eventually(lambda: inject(web.a, lie_about(web, family, address, own)), place, address, own)


def eventually(lie, place, address, mac):
    """Lie until it is believed; the kernel may hold on to a fresh truth for a second."""
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        lie()
        if remembered(place, address) == mac:
            return True
        time.sleep(0.05)
    return False


def test_a_container_resolves_names_and_addresses_with_the_guard(web, family):
    """The guard lets through what an honest container needs."""
    web.b.serve_tcp(80, "b")
    web.a.run("ip neigh flush all")
    assert web.a.ask(WEB.address(family, 3), 80).client == WEB.address(family, 2)
    assert pings(web.b, WEB.gateway(family), timeout=PATIENCE)


def default_routes(place):
    """IPv6 default routes that came by router advertisements."""
    routes = place.run("ip -6 -j route show default").json
    return [route["gateway"] for route in routes if route.get("protocol") == "ra"]


@pytest.mark.parametrize("victim", ["host", "sibling"])
def test_53_a_router_advertisement_of_a_container_is_not_believed(lab, victim):
    """By the host, or by another container, though no guard stands in its way."""
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"])
    place, device = {"host": (lab.host, "web"), "sibling": (lab.b, "eth0")}[victim]
    key = "net.ipv6.conf.%s.accept_ra" % device
    attack = router_advertisement(mac_of(lab.a), "2001:db8:bad::/64")
    inject(lab.a, attack)
    time.sleep(0.1)
    assert default_routes(place) == []
    place.run(["sysctl", "-q", key + "=2"])
    inject(lab.a, attack)
    assert _soon(lambda: default_routes(place))


def _soon(condition):
    end = time.monotonic() + 1
    while time.monotonic() < end and not condition():
        time.sleep(0.02)
    return condition()


def test_53_the_guard_stops_router_advertisements_on_the_bridge(web):
    ear = Ear(web.b)
    attack = router_advertisement(mac_of(web.a), "2001:db8:bad::/64")
    inject(web.a, attack)
    assert ear.hears(attack[54:]) is None
    web.guard(False)
    inject(web.a, attack)
    assert ear.hears(attack[54:]) is not None


def test_87_there_is_no_ipv6_where_only_ipv4_is_declared(lab):
    """Neither towards services of the host, nor towards siblings, nor through the host."""
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"], families=(4,))
    lab.host.serve_tcp(7000, "the host's own")
    lab.b.serve_tcp(80, "b")
    for place in (lab.a, lab.b):
        assert place.run("ip -6 address show dev eth0").stdout == ""
        assert pings(place, "::1", timeout=PATIENCE)
    assert lab.host.run("ip -6 address show dev web").stdout == ""
    for place, device in ((lab.host, "web"), (lab.a, "eth0"), (lab.b, "eth0")):
        place.run(["sysctl", "-q", "net.ipv6.conf.%s.accept_dad=0" % device])
        place.run(["sysctl", "-q", "net.ipv6.conf.%s.disable_ipv6=0" % device])
    to_host = _soon(lambda: link_local_of(lab.host, "web"))
    assert _soon(lambda: link_local_of(lab.a, "eth0"))
    assert lab.a.ask(to_host + "%eth0", 7000).reply == "the host's own"


def link_local_of(place, device):
    """The link-local address of an interface, None while there is none."""
    infos = place.run(["ip", "-j", "-6", "address", "show", "dev", device]).json
    found = [info["local"] for link in infos for info in link.get("addr_info", ()) if not info.get("tentative")]
    return found[0] if found else None


def test_87_ipv6_that_somebody_adds_by_hand_does_not_cross_an_ipv4_network(lab):
    """The bridge is closed to the family that it has no subnet of; without these rules the neighbour is in."""
    (lab.a,) = make(lab.host, WEB, ["a"], families=(4,))
    lab.host.run("sysctl -q net.ipv6.conf.all.forwarding=1 net.ipv6.conf.web.disable_ipv6=0")
    lab.a.run("sysctl -q net.ipv6.conf.eth0.disable_ipv6=0")
    lab.host.run("ip address add fd00:20::1/64 dev web nodad")
    lab.a.run("ip address add fd00:20::2/64 dev eth0 nodad")
    lab.a.run("ip -6 route add default via fd00:20::1")
    lab.lan.run("ip route add fd00:20::/64 via 2001:db8:1::1")
    lab.a.serve_tcp(80, "a")
    assert lab.host.ask("fd00:20::2", 80).reply == "a"
    assert refuses(lab.lan, "fd00:20::2", 80)
    lab.host.run("ip6tables -P FORWARD ACCEPT")
    assert refuses(lab.lan, "fd00:20::2", 80)
    lab.host.run("ip6tables -F HOSTNET-FORWARD")
    assert lab.lan.ask("fd00:20::2", 80).reply == "a"


def test_the_broadcast_address_is_no_way_around(web):
    """A frame to everybody, under a sibling's name."""
    ear = Ear(web.b)
    attack = frame(mac_of(web.a), BROADCAST, udp(WEB.address(4, 99), "10.20.0.255", b"forged"))
    inject(web.a, attack)
    assert ear.hears(b"forged") is None
    web.guard(False)
    inject(web.a, attack)
    assert ear.hears(b"forged") is not None
