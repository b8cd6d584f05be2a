# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers that may not talk (`icc: false`) do not, whatever their frames look like, and whoever else filters.

Two walls keep them apart: rules on frames, which hold whether or not bridged packets pass iptables (`br_netfilter`),
and isolated ports, wherever no published port needs them not to be. Each holds alone.
"""

from __future__ import annotations

import pytest
from frames import EXPERIMENTAL, SERVICE_VLAN, VLAN, arp, duplicate_address_detection, llc, raw, tagged
from networks import HOST_OF, WEB, make, publish
from packets import BROADCAST, frame, mac_of, udp
from talk import PATIENCE, Ear, inject, pings

PAYLOAD = b"from-a-to-b"


def filter_bridged(host, value):
    """Set whether bridged packets of both families pass the firewall."""
    for name in ("iptables", "ip6tables", "arptables"):
        host.run(["sysctl", "-q", "net.bridge.bridge-nf-call-%s=%d" % (name, value)])


def frames(web):
    """By name, with what they are known by."""
    plain = {
        family: frame(web.mac, web.mac_b, udp(WEB.address(family, 2), WEB.address(family, 3), PAYLOAD))
        for family in (4, 6)
    }
    everybody = frame(web.mac, BROADCAST, udp(WEB.address(4, 2), "10.20.0.255", PAYLOAD))
    found = {"plain %d" % family: sent for family, sent in plain.items()}
    for name, tags in {
        "number 0": [(VLAN, 0)],
        "a tag": [(VLAN, 5)],
        "a service tag": [(SERVICE_VLAN, 0)],
        "stacked": [(SERVICE_VLAN, 5), (VLAN, 0)],
        "stacked alike": [(VLAN, 0), (VLAN, 0)],
    }.items():
        found.update({"%s, %d" % (name, family): tagged(sent, *tags) for family, sent in plain.items()})
    found["a broadcast in a tag"] = tagged(everybody, (VLAN, 0))
    found["a broadcast"] = everybody
    found["another protocol"] = raw(web.mac, web.mac_b, EXPERIMENTAL, PAYLOAD + bytes(50))
    found["another protocol to all"] = raw(web.mac, BROADCAST, EXPERIMENTAL, PAYLOAD + bytes(50))
    found["no protocol"] = llc(web.mac, web.mac_b, PAYLOAD + bytes(50))
    found["ARP to all"] = arp(web.mac, WEB.address(4, 2), WEB.address(4, 3))
    found["ARP"] = arp(web.mac, WEB.address(4, 2), WEB.address(4, 3), operation=2, target=web.mac_b)
    found["neighbour discovery"] = duplicate_address_detection(web.mac, WEB.address(6, 3))
    return {name: (sent, PAYLOAD if PAYLOAD in sent else sent[14:38]) for name, sent in found.items()}


def arriving(web):
    """Names of the frames that get from a to b."""
    found = []
    for name, (sent, known) in frames(web).items():
        ear = Ear(web.b)
        inject(web.a, sent)
        if ear.hears(known, timeout=0.1) is not None:
            found.append(name)
    return found


@pytest.fixture(params=[0, 1], ids=["", "bridged packets filtered"])
def web(request, lab):
    """A network whose containers may not talk; neither is guarded."""
    lab.filtered = request.param
    filter_bridged(lab.host, lab.filtered)
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"], icc=False)
    lab.mac, lab.mac_b = mac_of(lab.a), mac_of(lab.b)
    return lab


def isolate(host, word):
    """Set by hand whether the ports of the bridge are isolated."""
    for link in host.run("ip -j link show master web").json:
        host.run(["bridge", "link", "set", "dev", link["ifname"], "isolated", word])


@pytest.mark.parametrize("published", [False, True], ids=["", "published"])
def test_no_frame_of_any_kind_gets_to_a_sibling(web, published):
    """Nor if bridged packets begin to pass the firewall, or do not any more, after the last run."""
    if published:
        publish(web.host, WEB, 2)
    assert arriving(web) == []
    filter_bridged(web.host, 1 - web.filtered)
    assert arriving(web) == []
    web.host.module("forwarding", bridge="web", icc=False)
    assert arriving(web) == []


def test_each_of_both_walls_holds_alone(web):
    isolate(web.host, "off")
    assert arriving(web) == []
    isolate(web.host, "on")
    web.host.run("nft delete table bridge hostnet")
    assert arriving(web) == []
    isolate(web.host, "off")
    assert {"another protocol", "ARP", "a broadcast in a tag", "stacked, 4", "number 0, 6"} < set(arriving(web))
    assert web.host.module("forwarding", bridge="web", icc=False)["changed"]
    assert arriving(web) == []


def test_they_reach_the_host_and_published_ports(web, family):
    """The kernel bridges what is rewritten, where bridged packets pass the firewall; and that is not forged."""
    web.a.serve_tcp(80, "a")
    publish(web.host, WEB, 2)
    for place in (web.a, web.b):
        assert pings(place, WEB.gateway(family), timeout=PATIENCE)
        assert place.ask(HOST_OF[family], 8080).reply == "a"
        assert place.ask(WEB.gateway(family), 8080).reply == "a"
    web.host.run("ip neigh flush dev web")
    assert web.b.ask(HOST_OF[family], 8080).reply == "a"
    filter_bridged(web.host, 1 - web.filtered)
    web.host.module("forwarding", bridge="web", icc=False)
    assert web.b.ask(HOST_OF[family], 8080).reply == "a"


def test_who_may_talk_again_does(web, family):
    assert not pings(web.a, WEB.address(family, 3))
    web.host.module("forwarding", bridge="web", icc=True)
    assert pings(web.a, WEB.address(family, 3), timeout=PATIENCE)
    if not web.filtered:
        assert "number 0, %d" % family in arriving(web)


def test_without_nft_isolated_ports_do_it(web):
    """They cannot tell what is rewritten, so that published ports are lost to siblings where the bridge sees that."""
    web.host.run("nft delete table bridge hostnet")
    web.host.run("mount --bind /dev/null /usr/sbin/nft")
    done = publish(web.host, WEB, 2)
    told = str(done.get("warnings", ""))
    assert [word in told for word in ("icc", "bridge web", "nftables")] == [bool(web.filtered)] * 3
    assert arriving(web) == []
