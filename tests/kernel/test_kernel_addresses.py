# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses and routes: marked as ours, announced, and never in the way of those of others."""

from __future__ import annotations

import select
import socket
import time

import pytest
from kernel_steps import BRIDGE, container, interface, ip, observed, performed, refusal, route

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.host import KernelHost
from ansible_collections.hostnet.containers.plugins.module_utils.steps.addresses import AddAddress, RemoveAddress
from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import CreateBridge
from ansible_collections.hostnet.containers.plugins.module_utils.steps.routes import AddRoute, RemoveRoute


def addresses(link):
    return {str(item.interface): item.ours for item in link.addresses}


def test_an_address_of_ours_can_be_told_from_one_of_others(host):
    host.python(performed, [CreateBridge(BRIDGE), AddAddress(None, "web", interface("10.20.0.1/24"))])
    host.run("ip address add 10.30.0.1/24 dev web")
    host.run("ip address add fd00:30::1/64 dev web nodad")
    assert addresses(host.python(observed).links["web"]) == {
        "10.20.0.1/24": True,
        "10.30.0.1/24": False,
        "fd00:30::1/64": False,
    }


def test_a_kernel_without_the_mark_takes_lasting_addresses_on_our_links_for_ours(host):
    host.python(performed, [CreateBridge(BRIDGE), AddAddress(None, "web", interface("10.20.0.1/24"))])
    host.run("ip address add 10.30.0.1/24 dev web")
    host.run("ip address add 10.40.0.1/24 dev web valid_lft 100 preferred_lft 100")
    host.run("ip link add wire type veth peer name far")
    host.run("ip address add 10.50.0.1/24 dev wire")
    found = host.python(observed_by_an_older_kernel).links
    assert addresses(found["web"]) == {"10.20.0.1/24": True, "10.30.0.1/24": True, "10.40.0.1/24": False}
    assert addresses(found["wire"]) == {"10.50.0.1/24": False}


def observed_by_an_older_kernel():
    from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import addresses as module

    module.kernel_keeps_mark = lambda: False
    return observed()


def test_link_local_addresses_of_the_kernel_are_not_listed(host):
    host.python(performed, container())
    assert "fe80::" in host.run("ip address show web").stdout
    assert set(addresses(host.python(observed).links["web"])) == {"10.20.0.1/24", "fd00:20::1/64"}


@pytest.mark.parametrize("text", ["10.20.0.9/32", "10.20.0.9/31", "fd00:20::9/128", "fe80::9/64"])
def test_every_kind_of_address_comes_and_goes(host, text):
    step = AddAddress(None, "web", interface(text))
    assert addresses(host.python(performed, [CreateBridge(BRIDGE), step]).links["web"]) == {text: True}
    gone = RemoveAddress(None, "web", interface(text))
    assert not host.python(performed, [gone, gone]).links["web"].addresses


def test_a_secondary_address_survives_the_first(host):
    made = [AddAddress(None, "web", interface("10.20.0.%d/24" % last)) for last in (1, 2)]
    gone = RemoveAddress(None, "web", interface("10.20.0.1/24"))
    assert set(addresses(host.python(performed, [CreateBridge(BRIDGE), *made, gone]).links["web"])) == {"10.20.0.2/24"}


@pytest.mark.parametrize("text", ["10.20.0.1/24", "fd00:20::1/64"])
def test_an_address_of_somebody_else_is_told(host, text):
    host.python(performed, [CreateBridge(BRIDGE)])
    host.run(["ip", "address", "add", text, "dev", "web"])
    assert host.python(refusal, AddAddress(None, "web", interface(text))) == (
        "cannot add address %s to web: web already has the address %s, added by somebody else" % (text, text)
    )


def test_ipv6_addresses_are_usable_at_once(host):
    host.python(performed, container())
    assert "tentative" not in host.run("ip -6 address show web scope global").stdout


@pytest.mark.parametrize("text", ["10.20.0.2/24", "10.20.0.3/32", "fd00:20::2/64"])
@pytest.mark.parametrize("beside", [[], ["10.20.0.9/24", "fd00:20::9/64"], ["10.20.0.9/16"], ["10.30.0.9/24"]])
def test_a_new_address_is_announced_on_the_bridge(host, text, beside):
    frames = host.python(frames_at_the_bridge, [*beside, text])
    packed, mac = interface(text).ip.packed, bytes.fromhex("02420a140002")
    if interface(text).version == 4:
        assert [frame for frame in frames if frame[12:14] == b"\x08\x06" and frame[28:32] == frame[38:42] == packed]
    else:
        advertised = [frame for frame in frames if frame[12:14] == b"\x86\xdd" and frame[54] == 136]
        wanted = [frame for frame in advertised if frame[62:78] == packed]
        assert [frame for frame in wanted if frame[:6] == bytes.fromhex("333300000001") and frame[-6:] == mac]
        assert all(is_sound(frame) for frame in wanted)


def frames_at_the_bridge(texts):
    with KernelHost() as kernel, socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as tap:
        *before, last = container(addresses=texts)
        kernel.perform_all(before)
        tap.bind(("web", 3))
        kernel.perform(last)
        found = []
        while select.select([tap], [], [], 0.2)[0]:
            found.append(tap.recv(2048))
        return found


def test_an_announcement_leaves_no_trace(host):
    host.python(performed, container(addresses=["10.20.0.2/24", "10.20.0.3/24", "fd00:20::2/64"]))
    neighbours = host.container("box").run("ip -j neighbour").json
    assert not [entry for entry in neighbours if entry["dst"] in ("10.20.0.2", "10.20.0.3", "fd00:20::2")]


def test_a_neighbour_forgets_the_former_holder(host):
    host.python(performed, container(addresses=[]))
    host.run("ip neighbour replace 10.20.0.2 lladdr 02:00:00:00:00:99 dev web nud stale")
    host.run("ip neighbour replace fd00:20::2 lladdr 02:00:00:00:00:99 dev web nud stale")
    # The kernel does not believe two MAC addresses within a second.
    host.run("sysctl -qw net.ipv4.neigh.web.locktime=0")
    added = [interface(text) for text in ("10.20.0.2/24", "fd00:20::2/64")]
    host.python(performed, [AddAddress("box", "eth0", address) for address in added])
    time.sleep(0.05)
    known = {entry["dst"]: entry.get("lladdr") for entry in host.run("ip -j neighbour show dev web").json}
    assert (known["10.20.0.2"], known["fd00:20::2"]) == ("02:42:0a:14:00:02", "02:42:0a:14:00:02")


def is_sound(frame):
    """Whether the ICMPv6 checksum holds: summed over everything it must give all ones."""
    packet = frame[22:54] + len(frame[54:]).to_bytes(4, "big") + b"\0\0\0\x3a" + frame[54:]
    total = sum(int.from_bytes(packet[at : at + 2], "big") for at in range(0, len(packet), 2))
    return total % 0xFFFF == 0


ROUTES = [
    route("0.0.0.0/0", via="10.20.0.1"),
    route("10.99.0.0/24", via="10.20.0.1", metric=7),
    route("10.98.0.0/24"),
    route("::/0", via="fd00:20::1"),
    route("fd00:99::/64", via="fd00:20::1", metric=7),
    route("fd00:98::/64"),
]


@pytest.mark.parametrize("wanted", ROUTES, ids=str)
def test_a_route_comes_and_goes(host, wanted):
    step = AddRoute("box", "eth0", wanted)
    assert host.python(performed, [*container(), step]).namespaces["box"].routes == {"eth0": (wanted,)}
    gone = RemoveRoute("box", "eth0", wanted)
    assert host.python(performed, [gone, gone]).namespaces["box"].routes == {}


def test_routes_are_sorted_and_those_of_others_not_listed(host):
    state = host.python(performed, container() + [AddRoute("box", "eth0", wanted) for wanted in ROUTES])
    host.container("box").run("ip route add 10.97.0.0/24 via 10.20.0.1")
    assert host.python(observed).namespaces["box"].routes == state.namespaces["box"].routes
    assert state.namespaces["box"].routes["eth0"] == (ROUTES[0], ROUTES[2], ROUTES[1], ROUTES[3], ROUTES[5], ROUTES[4])


@pytest.mark.parametrize(("old", "new"), [("10.20.0.1", "10.20.0.9"), ("fd00:20::1", "fd00:20::9")])
def test_a_route_of_ours_is_replaced(host, old, new):
    to = "0.0.0.0/0" if ip(old).version == 4 else "::/0"
    made = [AddRoute("box", "eth0", route(to, via=gateway)) for gateway in (old, new)]
    assert host.python(performed, container() + made).namespaces["box"].routes == {"eth0": (route(to, via=new),)}


def test_the_kernel_tells_why_a_route_is_refused(host):
    step = AddRoute("box", "eth0", route("10.99.0.0/24", via="192.0.2.9"))
    assert host.python(refusal, step, container()) == (
        "cannot add route 10.99.0.0/24 via 192.0.2.9 dev eth0 in namespace box: "
        "Nexthop has invalid gateway (Network is unreachable)"
    )


@pytest.mark.parametrize("gateway", ["10.20.0.1", "fd00:20::1"])
def test_a_route_of_somebody_else_is_told_and_stays(host, gateway):
    host.python(performed, container())
    box = host.container("box")
    box.run(["ip", "route", "add", "default", "via", gateway])
    to = "0.0.0.0/0" if ip(gateway).version == 4 else "::/0"
    other = gateway[:-1] + "9"
    sentence = host.python(refusal, AddRoute("box", "eth0", route(to, via=other)))
    assert "there is a route default via %s dev eth0 of somebody else" % gateway in sentence
    family = "-6" if ip(gateway).version == 6 else "-4"
    assert [entry["gateway"] for entry in box.run(["ip", "-j", family, "route", "show", "default"]).json] == [gateway]
