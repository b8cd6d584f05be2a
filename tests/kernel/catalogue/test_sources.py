# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Under which source a packet may come: of a bridge's subnets from that bridge and from nowhere else.

Each test takes the wall away and sees the packet arrive. The kernel's own checks of IPv4 are off, since a host may have
them off; IPv6 has none.
"""

from __future__ import annotations

import pytest
from networks import DB, HOST_OF, NEIGHBOUR_OF, WEB, Network, make, publish, route_at_the_host
from packets import frame, link_local, mac_of, udp
from talk import PATIENCE, Ear, inject, pings, refuses
from walls import PROGRAM, Service, believe_any_source, drop_rules

STRANGER = {4: "203.0.113.5", 6: "2001:db8:9::5"}
WALL = ("filter", ["-A HOSTNET-FROM-web ", "-j DROP"])


def forged(place, host, device, source, target, payload=b"forged", port=5000, source_port=4000):
    """Send a datagram under any source to the host, at the hardware address of one of its interfaces."""
    inject(place, frame(mac_of(place), mac_of(host, device), udp(source, target, payload, source_port, port)))


def sources_of(web, family):
    """Addresses that a's network does not have, by kind."""
    return {
        "stranger": STRANGER[family],
        "neighbour": NEIGHBOUR_OF[family],
        "host": HOST_OF[family],
        "other network": DB.address(family, 9),
    }


@pytest.fixture(params=[True, False], ids=["masqueraded", "routed"])
def web(request, lab):
    """Networks `web` (a, b) and `db` (c) that reach each other, on a host that believes any source."""
    policy = {} if request.param else {"direct_access": True}
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"], masquerade=request.param, isolate=False, **policy)
    (lab.c,) = make(lab.host, DB, ["c"], isolate=False)
    believe_any_source(lab.host)
    return lab


def test_packets_leave_a_bridge_under_addresses_of_its_subnets_only(web, family):
    """To the outside, to another network, and to the host."""
    service = Service(web.host, family, 5000)
    ears = {
        NEIGHBOUR_OF[family]: lambda text: Ear(web.lan),
        DB.address(family, 2): lambda text: Ear(web.c),
        WEB.gateway(family): lambda text: service,
        HOST_OF[family]: lambda text: service,
    }

    def arrives(kind, source, target):
        text = ("%s to %s" % (kind, target)).encode()
        ear = ears[target](text)
        forged(web.a, web.host, "web", source, target, text)
        return bool(ear.hears(text))

    for kind, source in sources_of(web, family).items():
        for target in ears:
            assert not arrives(kind, source, target), (kind, target)
    for target in ears:
        assert arrives("own", WEB.address(family, 2), target), target
    assert drop_rules(web.host, family, *WALL) == 1
    for target in ears:
        assert arrives("stranger", STRANGER[family], target), target


def test_an_address_of_a_subnet_counts_only_on_its_bridge(lab, family):
    """Neither a neighbour nor another network passes for a container, though its network may use the port."""
    (a,) = make(lab.host, WEB, ["a"])
    (c,) = make(lab.host, DB, ["c"])
    believe_any_source(lab.host)
    publish(lab.host, WEB, 2, protocol="udp", families=[family], allowed_sources=[DB.subnet(family)])
    a.serve_udp(80, "a")
    assert c.ask(HOST_OF[family], 8080, "udp").reply == "a"
    ear = Ear(a)
    forged(lab.lan, lab.host, "lan0", DB.address(family, 9), HOST_OF[family], b"from the LAN", 8080)
    assert ear.hears(b"from the LAN") is None
    assert drop_rules(lab.host, family, "raw", ["-s " + DB.subnet(family), "! -i db", "-j DROP"]) == 1
    forged(lab.lan, lab.host, "lan0", DB.address(family, 9), HOST_OF[family], b"from the LAN", 8080)
    assert ear.hears(b"from the LAN") is not None


@pytest.mark.parametrize("attacker", ["lan", "a"])
def test_a_loopback_source_counts_only_on_lo(lab, attacker):
    """Where the kernel routes such addresses, as for published ports, only the firewall tells who came by `lo`."""
    (lab.a,) = make(lab.host, WEB, ["a"], families=(4,))
    publish(lab.host, WEB, 2, families=[4])
    believe_any_source(lab.host)
    lab.host.run("sysctl -q net.ipv4.conf.lan0.route_localnet=1")
    place, device = {"lan": (lab.lan, "lan0"), "a": (lab.a, "web")}[attacker]
    service = Service(lab.host, 4, 5000)
    forged(place, lab.host, device, "127.0.0.5", HOST_OF[4])
    assert not service.hears(b"forged")
    drop_rules(lab.host, 4, *WALL)
    forged(place, lab.host, device, "127.0.0.5", HOST_OF[4])
    assert not service.hears(b"forged")
    assert drop_rules(lab.host, 4, "raw", ["-s 127.0.0.0/8 ! -i lo"]) == 1
    forged(place, lab.host, device, "127.0.0.5", HOST_OF[4])
    assert service.hears(b"forged")


@pytest.mark.parametrize("attacker", ["lan", "internet"])
def test_allowed_sources_are_not_passed_under_the_hosts_own_address(lab, family, attacker):
    """The host may always use the port; its address does not make anybody the host."""
    (a,) = make(lab.host, WEB, ["a"])
    believe_any_source(lab.host)
    believe_any_source(lab.lan)
    publish(lab.host, WEB, 2, protocol="udp", families=[family], allowed_sources=[STRANGER[family]])
    a.serve_udp(80, "a")
    assert lab.host.ask(HOST_OF[family], 8080, "udp").reply == "a"
    assert refuses(lab.lan, HOST_OF[family], 8080, "udp")
    place, router, device = {"lan": (lab.lan, lab.host, "lan0"), "internet": (lab.internet, lab.lan, "eth1")}[attacker]
    ear = Ear(a)
    for source in (HOST_OF[family], WEB.gateway(family)):
        forged(place, router, device, source, HOST_OF[family], source.encode(), 8080)
        assert ear.hears(source.encode()) is None
    jump = ["-t", "nat", "-A", "PREROUTING", "-m", "addrtype", "--dst-type", "LOCAL", "-j", "HOSTNET-DNAT"]
    lab.host.run([PROGRAM[family], *jump])
    forged(place, router, device, HOST_OF[family], HOST_OF[family], b"again", 8080, 4001)
    assert ear.hears(b"again") is not None


@pytest.mark.parametrize("filtered", [0, 1], ids=["", "bridged packets filtered"])
@pytest.mark.parametrize("target", ["sibling", "other network"])
def test_a_container_does_not_pass_allowed_sources_under_anothers_address(lab, family, filtered, target):
    """By the host's address each is judged by its own."""
    for name in ("iptables", "ip6tables"):
        lab.host.run(["sysctl", "-q", "net.bridge.bridge-nf-call-%s=%d" % (name, filtered)])
    a, b = make(lab.host, WEB, ["a", "b"], icc=False)
    (c,) = make(lab.host, DB, ["c"])
    believe_any_source(lab.host)
    place, network = {"sibling": (b, WEB), "other network": (c, DB)}[target]
    place.serve_udp(80, "served")
    allowed = [WEB.address(family, 2), NEIGHBOUR_OF[family]]
    last = 3 if target == "sibling" else 2
    publish(lab.host, network, last, protocol="udp", families=[family], allowed_sources=allowed)
    assert a.ask(HOST_OF[family], 8080, "udp").reply == "served"
    assert lab.lan.ask(HOST_OF[family], 8080, "udp").reply == "served"
    ear = Ear(place)
    forged(a, lab.host, "web", NEIGHBOUR_OF[family], HOST_OF[family], b"as neighbour", 8080)
    assert ear.hears(b"as neighbour") is None
    publish(lab.host, network, last, protocol="udp", families=[family], allowed_sources=[NEIGHBOUR_OF[family]])
    assert refuses(a, HOST_OF[family], 8080, "udp")
    assert drop_rules(lab.host, family, *WALL) == 1
    forged(a, lab.host, "web", NEIGHBOUR_OF[family], HOST_OF[family], b"as neighbour", 8080)
    assert ear.hears(b"as neighbour") is not None


def test_nobody_is_forwarded_to_a_routed_network_under_the_hosts_address(lab, family):
    (a,) = make(lab.host, WEB, ["a"], masquerade=False, direct_access=True)
    believe_any_source(lab.host)
    ear = Ear(a)
    forged(lab.lan, lab.host, "lan0", HOST_OF[family], WEB.address(family, 2))
    assert ear.hears(b"forged") is None
    forged(lab.lan, lab.host, "lan0", NEIGHBOUR_OF[family], WEB.address(family, 2), b"honest")
    assert ear.hears(b"honest") is not None
    assert drop_rules(lab.host, family, "filter", ["-o web", "--src-type LOCAL", "-j DROP"]) == 1
    forged(lab.lan, lab.host, "lan0", HOST_OF[family], WEB.address(family, 2))
    assert ear.hears(b"forged") is not None


@pytest.mark.parametrize("addresses", ["none", "of the other family"])
def test_a_bridge_without_a_subnet_of_a_family_lets_nothing_out_in_it(lab, family, addresses):
    """The host takes packets for any address of its by any interface: a hardware address is all one needs."""
    others = [each for each in (4, 6) if each != family and addresses != "none"]
    (lab.a,) = make(lab.host, WEB, ["a"], families=others, masquerade=False)
    lab.host.run("sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv6.conf.web.disable_ipv6=0")
    lab.host.run([PROGRAM[family], "-P", "FORWARD", "ACCEPT"])
    believe_any_source(lab.host)
    service, ear = Service(lab.host, family, 5000), Ear(lab.lan)

    def arrives(text):
        forged(lab.a, lab.host, "web", WEB.address(family, 2), HOST_OF[family], text)
        forged(lab.a, lab.host, "web", WEB.address(family, 2), NEIGHBOUR_OF[family], text)
        return service.hears(text), ear.hears(text) is not None

    assert arrives(b"walled") == (False, False)
    assert drop_rules(lab.host, family, *WALL) == 1
    drop_rules(lab.host, family, "filter", ["-i web ! -o web", "-j DROP"])
    assert arrives(b"open") == (True, True)


def test_a_lan_that_a_bridge_is_part_of_may_send_anything(lab, family):
    """With an uplink among its members, any address of the world comes by the bridge, to the host and to containers."""
    uplink = ["192.0.2.1/24", "2001:db8:1::1/64"]
    lab.host.run("ip address flush dev lan0 scope global")
    lab.host.module("bridge", name="uplink", members=["lan0"], addresses=uplink, stp=False)
    lab.host.module("forwarding", bridge="uplink", isolate=False, direct_access=True)
    lab.host.run("ip route replace default via 192.0.2.2")
    lab.host.run("ip route replace default via 2001:db8:1::2")
    (a,) = make(lab.host, WEB, ["a"], isolate=False)
    a.serve_tcp(80, "a")
    lab.host.serve_tcp(7000, "the host's own")
    publish(lab.host, WEB, 2)
    lab.internet.serve_tcp(80, "outside")
    assert lab.internet.ask(HOST_OF[family], 7000).reply == "the host's own"
    assert lab.internet.ask(HOST_OF[family], 8080).reply == "a"
    assert a.ask({4: "198.51.100.2", 6: "2001:db8:2::2"}[family], 80).client == HOST_OF[family]


def test_link_local_addresses_reach_the_host_and_go_no_further(lab):
    (a,) = make(lab.host, WEB, ["a"])
    service, ear = Service(lab.host, 6, 5000), Ear(lab.lan)
    own = link_local(mac_of(a))
    assert pings(a, link_local(mac_of(lab.host, "web")) + "%eth0", timeout=PATIENCE)
    forged(a, lab.host, "web", own, WEB.gateway(6), b"to the host")
    assert service.hears(b"to the host")
    forged(a, lab.host, "web", own, NEIGHBOUR_OF[6], b"further")
    assert ear.hears(b"further") is None


def test_a_changed_subnet_moves_the_wall(lab, family):
    """The module bridge alone changes it, and containers of the new subnet are not cut off."""
    make(lab.host, WEB, ["a"], masquerade=False)
    lab.host.module("bridge", name="web", addresses=[DB.interface(each, 1) for each in (4, 6)])
    believe_any_source(lab.host)
    (a,) = make(lab.host, Network("web", DB.number), ["a"], masquerade=False)
    assert pings(a, HOST_OF[family], timeout=PATIENCE)
    service = Service(lab.host, family, 5000)
    forged(a, lab.host, "web", WEB.address(family, 2), HOST_OF[family])
    assert not service.hears(b"forged")


def test_what_must_not_pass_does_not_pass_a_routed_way_back(lab, family):
    """Two networks without NAT reach each other under their own addresses, as before."""
    (a,) = make(lab.host, WEB, ["a"], masquerade=False, isolate=False, direct_access=True)
    (c,) = make(lab.host, DB, ["c"], masquerade=False, isolate=False, direct_access=True)
    route_at_the_host(lab, WEB, DB)
    c.serve_tcp(80, "c")
    assert a.ask(DB.address(family, 2), 80).client == WEB.address(family, 2)
    assert lab.lan.ask(DB.address(family, 2), 80).client == NEIGHBOUR_OF[family]
