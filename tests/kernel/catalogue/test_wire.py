# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports of containers are as a switch's ports to strangers: whatever comes by them moves nothing of the bridge.

No container is guarded here (`anti_spoof`): these walls are always there.
"""

from __future__ import annotations

import select
import socket
import time

import pytest
from frames import bpdu, to_link_local_group
from networks import HOST_OF, WEB, make, publish
from packets import BROADCAST, frame, mac_of, udp
from talk import PATIENCE, Ear, inject, open_in, pings

PAYLOAD = b"known-again"


@pytest.fixture
def web(lab):
    """A network of three containers."""
    lab.a, lab.b, lab.c = make(lab.host, WEB, ["a", "b", "c"])
    lab.port = {name: port_of(lab.host, last) for last, name in ((2, "a"), (3, "b"), (4, "c"))}
    return lab


def port_of(host, last):
    """The name of a container's port."""
    peer = "02:42:0a:14:00:%02x" % last
    host.run(["ping", "-c1", "-W1", WEB.address(4, last)])
    entries = host.run("bridge -j fdb show br web").json
    return next(entry["ifname"] for entry in entries if entry["mac"] == peer)


def settings(host, port):
    """What the kernel says of a port."""
    return host.run(["ip", "-d", "-j", "link", "show", port]).json[0]["linkinfo"]["info_slave_data"]


def bridge(host):
    """What the kernel says of the bridge."""
    return host.run("ip -d -j link show web").json[0]["linkinfo"]["info_data"]


def place_of(place, mac, name="web"):
    """The ports behind which a bridge takes an address to be."""
    entries = place.run(["bridge", "-j", "fdb", "show", "br", name]).json
    return [entry["ifname"] for entry in entries if entry["mac"] == mac and "permanent" not in entry.get("flags", ())]


@pytest.mark.parametrize("guarded", [False, True], ids=["", "guarded"])
@pytest.mark.parametrize("last", [0x0, 0x2, 0x3, 0xE, 0xF])
def test_a_frame_to_the_bridge_itself_draws_nothing_away(web, last, guarded):
    if guarded:
        addresses = [WEB.interface(family, 2) for family in (4, 6)]
        web.host.module("veth_pair", netns="a", bridge="web", addresses=addresses, anti_spoof=True)
    mac = mac_of(web.b)
    attack = to_link_local_group(mac, last, PAYLOAD + bytes(50))
    for _attempt in range(3):
        inject(web.a, attack)
    assert place_of(web.host, mac) == [web.port["b"]]
    assert pings(web.host, WEB.address(4, 3), timeout=PATIENCE)
    web.host.run("nft delete table bridge hostnet")
    web.host.run("ip link set web type bridge no_linklocal_learn 0")
    # What b sends of itself meanwhile moves it back.
    assert any(inject(web.a, attack) or place_of(web.host, mac) == [web.port["a"]] for _attempt in range(10))


def test_a_container_does_not_become_the_root(web):
    web.host.module("bridge", name="web", stp=True, forward_delay=2)
    attack = bpdu("02:00:00:00:00:01")

    def attacked():
        """The port by which the root is, after an attack; 0 for none."""
        for _attempt in range(5):
            inject(web.a, attack)
            time.sleep(0.1)
        return bridge(web.host)["root_port"]

    assert attacked() == 0
    web.host.run(["bridge", "link", "set", "dev", web.port["a"], "guard", "off"])
    web.host.run(["ip", "link", "set", web.port["a"], "down"])
    web.host.run(["ip", "link", "set", web.port["a"], "up"])
    assert attacked() == 0
    web.host.run(["bridge", "link", "set", "dev", web.port["a"], "root_block", "off"])
    assert attacked() != 0


def with_member(host):
    """Another port of the bridge, with a wire of the LAN; returns the interface at the wire's other end."""
    host.run("ip link add m0 type veth peer name m1")
    host.run("ip link set m0 up")
    host.run("ip link set m1 up")
    host.module("bridge", name="web", members=["m0"])
    return "m1"


def test_no_spanning_tree_gets_out_by_a_member(web):
    """The switch behind it would close its port: neither what a container sends, nor anything of ours."""
    wire = with_member(web.host)
    ear = Ear(web.host, wire)
    inject(web.a, bpdu("02:00:00:00:00:01"))
    assert ear.hears(b"\x01\x80\xc2\x00\x00\x00", timeout=3) is None
    assert pings(web.a, WEB.address(4, 3), timeout=PATIENCE)
    web.host.run("nft delete table bridge hostnet")
    inject(web.a, bpdu("02:00:00:00:00:01"))
    assert ear.hears(b"\x01\x80\xc2\x00\x00\x00") is not None


def test_spanning_tree_that_was_asked_for_gets_out(web):
    wire = with_member(web.host)
    web.host.module("bridge", name="web", stp=True, forward_delay=2)
    assert Ear(web.host, wire).hears(b"\x01\x80\xc2\x00\x00\x00", timeout=5) is not None


def heard(place, payload, seconds):
    """How often a frame comes in, in a time."""
    with open_in(place, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as ear:
        ear.bind(("eth0", 3))
        yield
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end and select.select([ear], [], [], max(0, end - time.monotonic()))[0]:
            received, origin = ear.recvfrom(65536)
            count += payload in received and origin[2] != socket.PACKET_OUTGOING
        yield count


def arrivals_of_one_broadcast(web):
    """While a sends back whatever it gets, b sends one broadcast; how often does it come to c?"""
    counting = heard(web.c, PAYLOAD, 1.0)
    next(counting)
    reflector = web.a.start(["python3", "-c", REFLECTOR])
    time.sleep(0.5)
    inject(web.b, frame(mac_of(web.b), BROADCAST, udp(WEB.address(4, 3), "10.20.0.255", PAYLOAD)))
    count = next(counting)
    reflector.wait()
    return count


REFLECTOR = """
import select, socket, time
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind(("eth0", 3))
end = time.monotonic() + 2
while time.monotonic() < end and select.select([wire], [], [], 0.1) is not None:
    if not select.select([wire], [], [], 0)[0]:
        continue
    received, origin = wire.recvfrom(65536)
    if origin[2] != socket.PACKET_OUTGOING:
        wire.send(received)
"""


@pytest.mark.parametrize("published", [False, True], ids=["", "published"])
def test_a_container_that_reflects_frames_makes_no_storm(web, published):
    """One frame, and its reflection; also where the host needs hairpin, as a bridge with a published port may."""
    web.host.run("sysctl -q net.bridge.bridge-nf-call-iptables=1")
    if published:
        publish(web.host, WEB, 2)
    assert settings(web.host, web.port["a"])["hairpin"] == published
    assert 1 <= arrivals_of_one_broadcast(web) <= 2
    web.host.run("nft delete table bridge hostnet")
    web.host.run(["bridge", "link", "set", "dev", web.port["a"], "hairpin", "on"])
    assert arrivals_of_one_broadcast(web) > 50


def test_a_bridge_inside_a_container_works(web, family):
    """What is behind it reaches the host, siblings and published ports, and is never taken to be elsewhere."""
    publish(web.host, WEB, 2)
    web.c.serve_tcp(80, "c")
    publish(web.host, WEB, 4, 8084)
    for line in INNER.splitlines():
        web.a.run(line)
    mac = mac_of(web.a, "inner")
    for target in (WEB.gateway(family), WEB.address(family, 3)):
        assert web.a.run(["ping", "-n", "-c5", "-i0.2", "-W1", "-I", "inner", target]).rc == 0
    assert web.a.ask(HOST_OF[family], 8084).reply == "c"
    assert place_of(web.host, mac) == [web.port["a"]]
    assert place_of(web.a, mac, "br0") == ["port"]
    web.host.run("nft delete table bridge hostnet")
    web.host.run(["bridge", "link", "set", "dev", web.port["a"], "hairpin", "on"])
    inject(web.a, frame(mac, BROADCAST, udp(WEB.address(4, 2), "10.20.0.255", PAYLOAD)), "inner")
    assert place_of(web.a, mac, "br0") == ["eth0"]


# A veth pair, of which one end is a port of the bridge and the other has the container's addresses.
INNER = """\
ip link add br0 type bridge
ip link set br0 up
ip address flush dev eth0
ip link set eth0 master br0
ip link add inner type veth peer name port
ip link set port master br0 up
ip link set inner up
ip address add 10.20.0.2/24 dev inner
ip -6 address add fd00:20::2/64 dev inner nodad
ip route replace default via 10.20.0.1
ip -6 route replace default via fd00:20::1"""
