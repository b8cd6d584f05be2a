# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A guard stands before its port is there, follows what is declared, and is put back whatever somebody made of it."""

from __future__ import annotations

import hashlib
import json
import select
import socket
import subprocess
import sys
import time

import pytest
from networks import WEB, make
from packets import frame, mac_of, udp
from talk import PATIENCE, Ear, inject, open_in, pings

PAYLOAD = b"forged-by-a"
# The name that the port of container a gets.
VETH = "veth" + hashlib.sha256(b"a/eth0").hexdigest()[:8]
NETWORK = {"name": "web", "bridge": "web", "subnets": ["10.20.0.0/24", "fd00:20::/64"]}

# Sends one forged frame after the other, by whatever interface there is, and brings it up itself as soon as it is born.
FORGER = """
import fcntl, json, socket, struct, sys, time
frames = [bytes.fromhex(text) for text in sys.argv[2:]]
sent, end = 0, time.monotonic() + float(sys.argv[1])
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    while time.monotonic() < end:
        try:
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
                fcntl.ioctl(control, 0x8914, struct.pack("16sH14x", b"eth0", 0x1043))
                wire.bind(("eth0", 0))
                while time.monotonic() < end:
                    for frame in frames:
                        wire.send(frame)
                        sent += 1
        except OSError:
            time.sleep(0.0005)
print(json.dumps(sent))
"""


@pytest.fixture
def web(lab):
    """Two containers; what they send each other does not pass iptables."""
    for name in ("iptables", "ip6tables"):
        lab.host.run(["sysctl", "-q", "net.bridge.bridge-nf-call-%s=0" % name])
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"], pair={"anti_spoof": True})
    return lab


def pair(last, family_and_numbers=((4, 2), (6, 2)), **options):
    """The options of a veth pair of a."""
    addresses = [WEB.interface(family, number) for family, number in family_and_numbers]
    return {"netns": "ab"[last - 2], "bridge": "web", "addresses": addresses, **options}


def forged(web, family, mac=None, source=None):
    mac = mac or mac_of(web.a)
    return frame(mac, mac_of(web.b), udp(source or WEB.address(family, 99), WEB.address(family, 3), PAYLOAD))


def arrives(web, sent):
    ear = Ear(web.b)
    inject(web.a, sent)
    return ear.hears(PAYLOAD) is not None


def arrivals_while_remade(web, remake, seconds=4.0):
    """How many forged frames come to b, and how many a sent, while its pair is made anew again and again."""
    frames = [forged(web, 4), forged(web, 6), forged(web, 4, mac="02:42:de:ad:be:ef", source=WEB.address(4, 2))]
    command = [sys.executable, "-c", FORGER, str(seconds), *(one.hex() for one in frames)]
    forger = web.a.start(command, stdout=subprocess.PIPE, text=True)
    count, remakes, end = 0, 0, time.monotonic() + seconds
    with open_in(web.b, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as ear:
        ear.bind(("eth0", 3))
        while time.monotonic() < end:
            remake()
            remakes += 1
            count += sum(PAYLOAD in received for received in waiting(ear))
    return count, json.loads(forger.communicate(timeout=20)[0]), remakes


def waiting(ear):
    """What came in meanwhile; no more than fits into a second, if it does not end."""
    end = time.monotonic() + 1
    while time.monotonic() < end and select.select([ear], [], [], 0)[0]:
        yield ear.recv(65536)


def test_no_forged_frame_gets_through_while_a_pair_is_made_anew(web):
    def remake(**options):
        web.host.run(["ip", "link", "delete", VETH])
        web.host.module("veth_pair", **pair(2, **options))

    count, sent, remakes = arrivals_while_remade(web, lambda: remake(anti_spoof=True))
    assert (count, sent > 100, remakes > 2) == (0, True, True)
    assert not arrives(web, forged(web, 4))
    count, sent, _remakes = arrivals_while_remade(web, lambda: remake(anti_spoof=False), seconds=2.0)
    assert count > 0


def test_nor_while_a_network_makes_a_container_anew(lab):
    """With another name of the interface there, and under another bridge."""
    for name in ("iptables", "ip6tables"):
        lab.host.run(["sysctl", "-q", "net.bridge.bridge-nf-call-%s=0" % name])
    turns = iter(range(1000))

    def remake():
        containers = [{"name": "a", "mac": "02:42:00:00:00:%02x" % (next(turns) % 200)}, {"name": "b"}]
        lab.host.module("network", containers=containers, **NETWORK)
        lab.host.run(["ip", "link", "delete", VETH])
        lab.host.module("network", containers=containers, **NETWORK)

    remake()
    lab.a, lab.b = lab.host.container("a"), lab.host.container("b")
    count, sent, remakes = arrivals_while_remade(lab, remake)
    assert (count, sent > 100, remakes > 1) == (0, True, True)


CHANGES = {
    "a MAC": ({"mac": "02:42:00:00:00:77"}, 2),
    "an address": ({}, 7),
    "both": ({"mac": "02:42:00:00:00:78"}, 8),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_guard_follows_its_container_though_it_is_not_repeated(web, family, change):
    options, number = CHANGES[change]
    before = mac_of(web.a)
    changed = pair(2, [(4, number), (6, number)], **options)
    done = web.host.module("veth_pair", **changed)
    assert [line for line in done["actions"] if line.startswith("guard ")]
    assert not web.host.module("veth_pair", **changed)["changed"]
    assert pings(web.a, WEB.address(family, 3), timeout=PATIENCE)
    assert pings(web.b, WEB.address(family, number), timeout=PATIENCE)
    assert not arrives(web, forged(web, family))
    assert not arrives(web, forged(web, family, mac=mac_of(web.b)))
    if number != 2:
        assert not arrives(web, forged(web, family, source=WEB.address(family, 2)))
    if options:
        assert not arrives(web, forged(web, family, mac=before, source=WEB.address(family, number)))


def test_what_a_container_makes_of_its_own_end_changes_nothing(web):
    """Neither the address that it took, nor its MAC, nor the one that it gave back: what is declared counts."""
    web.a.run("ip address add 10.20.0.99/24 dev eth0")
    web.a.run("ip address del 10.20.0.2/24 dev eth0")
    web.a.run("ip link set eth0 address 02:42:de:ad:be:ef")
    for options in ({}, {"mtu": 1400}):
        web.host.module("veth_pair", netns="a", bridge="web", **options)
        assert not arrives(web, forged(web, 4))
        assert not arrives(web, forged(web, 4, mac="02:42:0a:14:00:02"))


def test_networks_guard_by_default(lab, family):
    for name in ("iptables", "ip6tables"):
        lab.host.run(["sysctl", "-q", "net.bridge.bridge-nf-call-%s=0" % name])
    containers = [{"name": "a"}, {"name": "b"}]
    lab.host.module("network", containers=containers, **NETWORK)
    lab.a, lab.b = lab.host.container("a"), lab.host.container("b")
    assert not lab.host.module("network", containers=containers, **NETWORK)["changed"]
    assert pings(lab.a, WEB.address(family, 3), timeout=PATIENCE)
    assert not arrives(lab, forged(lab, family))
    lab.host.module("network", containers=[{"name": "a", "anti_spoof": False}, {"name": "b"}], **NETWORK)
    assert arrives(lab, forged(lab, family))
    lab.host.module("network", containers=containers, **NETWORK)
    assert not arrives(lab, forged(lab, family))
    lab.host.module("network", containers=containers, anti_spoof=False, **NETWORK)
    assert arrives(lab, forged(lab, family))
    lab.host.module(
        "network", containers=[{"name": "a", "anti_spoof": True}, {"name": "b"}], anti_spoof=False, **NETWORK
    )
    assert not arrives(lab, forged(lab, family))


CHAIN = "bridge hostnet port-{veth}"
TAMPERED = {
    "a rule that accepts instead of the last": (
        "nft -a list chain %s | sed -n 's/^\\t\\tdrop # handle //p' | xargs -I[] nft replace rule %s handle [] accept"
        % (CHAIN, CHAIN)
    ),
    "a rule that accepts, with the same comment": (
        "nft -a list chain %s | sed -n 's/.*\"hostnet guard\" # handle //p' | "
        'xargs -I[] nft replace rule %s handle [] accept comment \\"hostnet guard\\"' % (CHAIN, CHAIN)
    ),
    "a rule that accepts before all": "nft insert rule %s accept" % CHAIN,
    "rules in another order": (
        "nft -a list chain %s | sed -n 's/^\\t\\tdrop # handle //p' | xargs -I[] nft delete rule %s handle [] && "
        "nft insert rule %s drop && nft insert rule %s ether saddr 02:42:0a:14:00:02 accept" % ((CHAIN,) * 4)
    ),
    "another hook": (
        "nft 'flush chain bridge hostnet prerouting; delete chain bridge hostnet prerouting; "
        "add chain bridge hostnet prerouting {{ type filter hook postrouting priority -450; }}; "
        "add rule bridge hostnet prerouting iifname vmap @guarded'"
    ),
    "another priority": (
        "nft 'flush chain bridge hostnet prerouting; delete chain bridge hostnet prerouting; "
        "add chain bridge hostnet prerouting {{ type filter hook prerouting priority 100; }}; "
        "add rule bridge hostnet prerouting iifname vmap @guarded'"
    ),
    "another policy": "nft 'chain bridge hostnet prerouting {{ policy drop; }}'",
    "asleep": "nft 'add table bridge hostnet {{ flags dormant; }}'",
    "a port less": "nft 'delete element bridge hostnet guarded {{ \"{veth}\" }}'",
    "the refused accepted": "nft insert rule bridge hostnet refused accept",
    "the table gone": "nft delete table bridge hostnet",
    "all gone": "nft flush ruleset",
}


@pytest.mark.parametrize("way", TAMPERED)
def test_what_somebody_made_of_a_guard_is_drift_and_is_repaired(lab, way):
    containers = [{"name": "a"}, {"name": "b"}]
    lab.host.module("network", containers=containers, **NETWORK)
    lab.a, lab.b = lab.host.container("a"), lab.host.container("b")
    before = lab.host.run("nft list table bridge hostnet").stdout
    assert lab.host.module("network_info")["drift"] == []
    lab.host.run(["sh", "-c", TAMPERED[way].format(veth=VETH)])
    (drift,) = lab.host.module("network_info")["drift"]
    foretold = lab.host.module("network", check=True, diff=True, containers=containers, **NETWORK)
    done = lab.host.module("network", diff=True, containers=containers, **NETWORK)
    for result in (foretold, done):
        assert result["changed"]
        assert result["actions"] == drift["repair"]
        assert result["diff"]["before"] != result["diff"]["after"]
    assert any(line.startswith(("guard " + VETH, "update the rules of this collection")) for line in done["actions"])
    assert sorted(lab.host.run("nft list table bridge hostnet").stdout.split()) == sorted(before.split())
    assert not lab.host.module("network", containers=containers, **NETWORK)["changed"]
    assert not arrives(lab, forged(lab, 4))
    assert pings(lab.a, WEB.address(4, 3), timeout=PATIENCE)


def test_without_nft_an_explicit_guard_is_an_error_and_the_default_a_warning(host):
    host.run("mount --bind /dev/null /usr/sbin/nft")
    containers = [{"name": "a"}]
    told = str(host.module("network", containers=containers, **NETWORK)["warnings"])
    assert "nftables" in told
    assert "anti_spoof" in told
    assert not host.module("network", containers=containers, **NETWORK)["changed"]
    assert "warnings" not in host.module("network", containers=containers, anti_spoof=False, **NETWORK)
    for options in (
        {"anti_spoof": True, "containers": containers},
        {"containers": [{"name": "a", "anti_spoof": True}]},
    ):
        message = host.module_fails("network", **options, **NETWORK)
        assert "nftables" in message
        assert "anti_spoof" in message
    assert "nftables" in host.module_fails("veth_pair", anti_spoof=True, **pair(2))
    allowed = {"name": "a", "allowed_addresses": ["10.99.0.0/24"]}
    message = host.module_fails("network", containers=[allowed], **NETWORK)
    assert "nftables" in message
    assert "allowed_addresses" in message
    # The containers that are on record.
    assert "anti_spoof" in str(host.module("network", **NETWORK)["warnings"])
    assert host.module("network_info")["drift"] == []
    host.module("network", name="web", state="absent")


def test_addresses_that_nothing_could_allow_are_refused(web):
    """Without a guard they would be allowed nowhere: neither on the wire nor by the walls of layer 3."""
    web.host.module("veth_pair", **pair(2, anti_spoof=False))
    message = web.host.module_fails("veth_pair", **pair(2, allowed_addresses=["10.99.0.0/24"]))
    assert "allowed_addresses" in message
    assert "anti_spoof to true" in message
    done = web.host.module("veth_pair", **pair(2, allowed_addresses=["10.99.0.0/24"], anti_spoof=True))
    assert done["pairs"][0]["allowed_addresses"] == ["10.99.0.0/24"]


def test_a_network_without_containers_needs_no_wall(host):
    host.run("mount --bind /dev/null /usr/sbin/nft")
    for containers in ({}, {"containers": []}):
        assert "warnings" not in host.module("network", **containers, **NETWORK)
