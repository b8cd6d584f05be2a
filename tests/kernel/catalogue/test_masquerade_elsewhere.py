# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masquerade gives the outside on whatever bridge, or on none, also where FORWARD has the policy DROP."""

from __future__ import annotations

import pytest
from networks import FAMILIES, HOST_OF, INTERNET_OF, NEIGHBOUR_OF
from packets import frame, mac_of, tcp_reset
from talk import PATIENCE, Ear, inject, pings, refuses
from walls import PROGRAM, drop_rules

BRIDGE = "theirs"
SUBNET = {4: "10.77.0.0/24", 6: "fd00:77::/64"}
CONTAINER = {4: "10.77.0.2", 6: "fd00:77::2"}


def container_of_others(lab, bridge=BRIDGE):
    """A container that this collection knows nothing of, on a bridge or, without one, on a veth pair of its own."""
    host = lab.host
    host.run("ip netns add theirs")
    inside = host.container("theirs")
    host.run("ip link add port0 type veth peer name eth0 netns theirs")
    if bridge:
        host.run(["ip", "link", "add", bridge, "type", "bridge"])
        host.run(["ip", "link", "set", "port0", "master", bridge])
        host.run(["ip", "link", "set", bridge, "up"])
    host.run("ip link set port0 up")
    inside.run("ip link set eth0 up")
    for family, gateway in ((4, "10.77.0.1"), (6, "fd00:77::1")):
        length = SUBNET[family].partition("/")[2]
        host.run(["ip", "address", "add", "%s/%s" % (gateway, length), "dev", bridge or "port0", "nodad"])
        inside.run(["ip", "address", "add", "%s/%s" % (CONTAINER[family], length), "dev", "eth0", "nodad"])
        inside.run(["ip", "route", "add", "default", "via", gateway])
    lab.internet.serve_tcp(80, "outside")
    inside.serve_tcp(80, "theirs")
    return inside


def masquerade(lab, **options):
    """Declare the rules of both families, on a host that forwards nothing by itself."""
    done = lab.host.module("masquerade", rules=[{"source": SUBNET[family]} for family in FAMILIES], **options)
    for family in FAMILIES:
        policies = lab.host.run([PROGRAM[family] + "-save", "-t", "filter"]).stdout
        assert ":FORWARD DROP" in policies
    return done


@pytest.mark.parametrize(
    ("bridge", "options"),
    [
        (BRIDGE, {"bridge": BRIDGE}),
        (BRIDGE, {}),
        (BRIDGE, {"out_interface": "lan0"}),
        (None, {}),
        (None, {"out_interface": "lan0"}),
    ],
    ids=["bridge named", "bridge not named", "one way out", "no bridge", "no bridge and one way out"],
)
def test_masquerade_alone_gives_the_outside(lab, family, bridge, options):
    inside = container_of_others(lab, bridge)
    masquerade(lab, **options)
    assert inside.ask(INTERNET_OF[family], 80).client == HOST_OF[family]
    assert pings(inside, NEIGHBOUR_OF[family], timeout=PATIENCE)
    assert not masquerade(lab, **options)["changed"]
    lab.lan.run(["ip", "route", "add", SUBNET[family], "via", HOST_OF[family]])
    assert refuses(lab.lan, CONTAINER[family], 80)
    lab.host.module("masquerade", rules=[{"source": SUBNET[each], "state": "absent"} for each in FAMILIES], **options)
    assert refuses(inside, INTERNET_OF[family], 80)


def test_the_way_out_is_for_the_source_behind_its_own_interface(lab, family):
    """A neighbour that forges it is not forwarded."""
    container_of_others(lab)
    masquerade(lab)
    lab.host.run("ip netns add third")
    lab.host.run("ip link add third0 type veth peer name eth0 netns third")
    for end, last in ((lab.host, 1), (lab.host.container("third"), 2)):
        device = "third0" if last == 1 else "eth0"
        end.run(["ip", "link", "set", device, "up"])
        end.run(["ip", "address", "add", "10.78.0.%d/24" % last, "dev", device])
        end.run(["ip", "address", "add", "fd00:78::%d/64" % last, "dev", device, "nodad"])
    for name in ("all", "lan0", "third0"):
        lab.host.run("sysctl -q net.ipv4.conf.%s.rp_filter=0" % name)
    third = lab.host.container("third")
    address = {4: "10.78.0.2", 6: "fd00:78::2"}[family]
    assert pings(lab.host, address, timeout=PATIENCE)
    ear = Ear(third)
    forged = frame(mac_of(lab.lan), mac_of(lab.host, "lan0"), tcp_reset(CONTAINER[family], address, 0xABCD, 0xBCDE))
    inject(lab.lan, forged)
    assert ear.hears(b"\xab\xcd\xbc\xde") is None
    lab.host.run([PROGRAM[family], "-P", "FORWARD", "ACCEPT"])
    inject(lab.lan, forged)
    assert ear.hears(b"\xab\xcd\xbc\xde") is not None


def test_what_would_not_be_rewritten_does_not_leave(lab, family):
    inside = container_of_others(lab)
    masquerade(lab)
    ear = Ear(lab.lan)
    attack = tcp_reset(CONTAINER[family], NEIGHBOUR_OF[family], 0xABCD, 0xBCDE)
    inject(inside, frame(mac_of(inside), mac_of(lab.host, BRIDGE), attack))
    assert ear.hears(b"\xab\xcd\xbc\xde") is None
    assert drop_rules(lab.host, family, "filter", ["-s " + SUBNET[family], "INVALID", "-j DROP"]) == 1
    inject(inside, frame(mac_of(inside), mac_of(lab.host, BRIDGE), attack))
    assert ear.hears(b"\xab\xcd\xbc\xde") is not None
