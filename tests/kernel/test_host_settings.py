# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of the host itself: what the kernel changes along with IP forwarding comes back, and ways stay open."""

from __future__ import annotations

import os
import time

import pytest
from interruption import failed_at
from router_advertisements import advertise

from hosts import module_run
from hosts.lab import INTERNET, INTERNET_6

WEB = {"name": "web", "subnets": ["10.20.0.0/24", "fd00:20::/64"], "containers": [{"name": "a"}, {"name": "b"}]}
GONE = {"name": "web", "state": "absent"}
ACCEPT_RA = "net.ipv6.conf.lan0.accept_ra"
FORWARDING = "net.ipv4.conf.%s.forwarding"
ROUTE_LOCALNET = "net.ipv4.conf.%s.route_localnet"
REDIRECTS = "net.ipv4.conf.all.accept_redirects"


def get(host, *keys):
    values = host.run(["sysctl", "-n", *keys]).stdout.split()
    return values if len(keys) > 1 else values[0]


def put(host, *settings):
    host.run(["sysctl", "-qw", *settings])


def until(look, seconds=5):
    end = time.monotonic() + seconds
    while not look() and time.monotonic() < end:
        time.sleep(0.05)
    return look()


# --- router advertisements ----------------------------------------------------------------------------


def default_route(host):
    return host.run("ip -6 route show default proto ra").stdout


def learn(lab):
    """The host learns its default route, and an address, from its neighbour."""
    lab.host.run("ip -6 route del default")
    put(lab.host, ACCEPT_RA + "=1")
    assert until(lambda: lab.lan.python(advertise, "eth0") or default_route(lab.host))


def pings(host, action):
    """Do something while the host pings the internet a hundred times a second; return how many were lost."""
    pinging = host.start(["ping", "-i", "0.01", "-q", INTERNET_6], stdout=-1, text=True)
    time.sleep(0.3)
    action()
    time.sleep(0.3)
    pinging.send_signal(2)
    said = pinging.communicate()[0]
    sent, received = [int(word) for word in said.split("statistics ---")[1].split() if word.isdigit()][:2]
    assert sent
    return sent - received


def test_a_default_route_learned_by_router_advertisement_stays(lab):
    host = lab.host
    learn(lab)
    before = get(host, ACCEPT_RA)
    host.remember()
    foretold = host.module("network", check=True, **WEB)
    done = []
    assert pings(host, lambda: done.append(host.module("network", **WEB))) == 0
    actions = done[0]["actions"]
    assert foretold["actions"] == actions
    line = "set %s = 2, so that it keeps the default route that it learned by router advertisement" % ACCEPT_RA
    assert actions.index(line) < actions.index("set net.ipv6.conf.all.forwarding = 1")
    assert done[0]["diff"]["after"]["sysctls"][ACCEPT_RA] == "2"
    assert (get(host, ACCEPT_RA), get(host, "net.ipv6.conf.all.forwarding")) == ("2", "1")
    assert default_route(host)
    assert not host.module("network", **WEB)["changed"]
    # A router that goes is believed, too, and so is one that comes back.
    lab.lan.python(advertise, "eth0", 0)
    assert until(lambda: not default_route(host))
    lab.lan.python(advertise, "eth0")
    assert until(lambda: default_route(host))
    assert pings(host, lambda: done.append(host.module("network", **GONE))) == 0
    assert done[1]["actions"].index("set %s = 1" % ACCEPT_RA) > done[1]["actions"].index(
        "set net.ipv6.conf.all.forwarding = 0"
    )
    assert default_route(host)
    assert (get(host, ACCEPT_RA), before) == ("1", "1")
    assert [line for line in host.leaks() if "sysctls" in line] == []


@pytest.mark.parametrize("lost", ["rules", "note"])
def test_what_is_remembered_of_an_interface_survives_a_flush(lab, lost):
    host = lab.host
    # Before the host learns: this alone makes the kernel forget what it learned.
    put(host, "net.ipv6.conf.lo.forwarding=1")
    learn(lab)
    host.module("network", **WEB)
    if lost == "note":
        host.run("rm /run/hostnet/forwarding-6")
    else:
        for table in ("nat", "filter", "raw"):
            host.run("ip6tables -t %s -F" % table)
        host.run("ip6tables -t nat -X")
    host.module("network", **GONE)
    assert get(host, ACCEPT_RA, "net.ipv6.conf.all.forwarding", "net.ipv6.conf.lo.forwarding") == ["1", "0", "1"]
    assert default_route(host)


def test_an_interface_that_listens_no_longer_is_told_and_mended(lab):
    host = lab.host
    learn(lab)
    host.module("network", **WEB)
    put(host, ACCEPT_RA + "=1")
    assert ACCEPT_RA in host.module("network_info")["drift"][0]["repair"][0]
    assert host.module("network", **WEB)["changed"]
    assert get(host, ACCEPT_RA) == "2"
    put(host, ACCEPT_RA + "=0")
    assert not host.module("network", **WEB)["changed"]
    host.module("network", **GONE)
    assert get(host, ACCEPT_RA) == "0"


def test_an_interface_that_learned_nothing_is_left_alone(lab):
    lab.host.module("network", **WEB)
    assert get(lab.host, ACCEPT_RA) == "1"


# --- what the kernel resets ---------------------------------------------------------------------------


@pytest.mark.parametrize("redirects", ["0", "1"])
def test_what_the_kernel_resets_stays_both_ways(host, redirects):
    for name in ("vpn0", "vpn.1", "eth0"):
        host.run(["ip", "link", "add", name, "type", "bridge"])
    own = ["net.ipv4.conf.vpn0.forwarding=1", "net.ipv4.conf.vpn/1.forwarding=1", "net.ipv6.conf.vpn0.forwarding=1"]
    put(host, *own, "net.ipv4.conf.default.forwarding=1", REDIRECTS + "=" + redirects)
    host.remember()
    foretold = host.module("network", check=True, **WEB)
    done = host.module("network", **WEB)
    assert (foretold["actions"], foretold["diff"]) == (done["actions"], done["diff"])
    assert get(host, REDIRECTS) == redirects
    assert get(host, "net.ipv4.conf.eth0.forwarding") == "1"
    assert not host.module("network", **WEB)["changed"]
    host.module("network", **GONE)
    assert host.leaks() == []


def test_more_interfaces_than_one_comment_can_hold_are_remembered(host):
    names = ["tunnel-num-%02d" % number for number in range(30)]
    for name in names:
        host.run(["ip", "link", "add", name, "type", "bridge"])
        put(host, FORWARDING % name + "=1")
    host.remember()
    host.module("network", **WEB)
    host.run("rm /run/hostnet/forwarding-4")
    host.module("network", **WEB)
    assert not host.module("network", **WEB)["changed"]
    host.module("network", **GONE)
    assert host.leaks() == []


def test_a_run_that_fails_puts_back_what_the_kernel_reset(host):
    host.run("ip link add vpn0 type bridge")
    put(host, FORWARDING % "vpn0" + "=1", "net.ipv6.conf.vpn0.forwarding=1", REDIRECTS + "=0")
    host.remember()
    module_run.warm_up("network")
    # The first run also prepares a folder.
    for _run in range(2):
        count, _results = host.python(failed_at, 0, [("network", WEB)])
        host.module("network", **GONE)
    # The settings are written last, each followed by those that the kernel reset.
    for moment in range(count - 4, count + 1):
        _count, (result,) = host.python(failed_at, moment, [("network", WEB)])
        assert "injected failure" in result["msg"]
        assert host.leaks() == []


# --- interfaces that do not forward -------------------------------------------------------------------


def reach(lab):
    return lab.host.container("a").can_reach(INTERNET, 80), lab.host.container("a").can_reach(INTERNET_6, 80)


def test_a_bridge_forwards_whatever_is_the_default(lab):
    host = lab.host
    lab.internet.serve_tcp(80)
    put(host, "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    put(host, "net.ipv4.conf.default.forwarding=0", "net.ipv6.conf.default.forwarding=0")
    done = host.module("network", **WEB)
    assert "set net.ipv4.conf.br-web.forwarding = 1" in done["actions"]
    assert not host.module("network", **WEB)["changed"]
    assert reach(lab) == (True, True)
    put(host, FORWARDING % "br-web" + "=0")
    assert host.module("network_info")["drift"][0]["repair"] == ["set net.ipv4.conf.br-web.forwarding = 1"]
    done = host.module("network", **WEB)
    assert done["actions"] == ["set net.ipv4.conf.br-web.forwarding = 1"]
    assert done["diff"]["before"]["sysctls"] == {"net.ipv4.conf.br-web.forwarding": "0"}
    assert reach(lab) == (True, True)


def test_an_internal_bridge_needs_not_forward(host):
    put(host, "net.ipv4.ip_forward=1", "net.ipv4.conf.default.forwarding=0")
    host.module("network", **dict(WEB, internal=True))
    assert get(host, FORWARDING % "br-web") == "0"
    assert not host.module("network", **dict(WEB, internal=True))["changed"]


def test_an_uplink_that_does_not_forward_is_named_in_each_run(lab):
    host = lab.host
    put(host, "net.ipv4.ip_forward=1", FORWARDING % "lan0" + "=0")
    for _run in range(2):
        warning = str(host.module("network", **WEB)["warnings"])
        assert "interface lan0" in warning
        assert "sysctl -w net.ipv4.conf.lan0.forwarding=1" in warning
    host.run("ip link add other0 type bridge")
    put(host, FORWARDING % "other0" + "=0", FORWARDING % "lan0" + "=1")
    assert "warnings" not in host.module("network", **WEB)


# --- loopback addresses -------------------------------------------------------------------------------


def lxcbr(host):
    """A bridge of somebody else, with a container on it; returns that container."""
    host.run(["sh", "-c", "ip link add lxcbr0 type bridge; ip addr add 10.60.0.1/24 dev lxcbr0; ip link set lxcbr0 up"])
    host.run("ip netns add theirs")
    host.run("ip link add to-theirs master lxcbr0 type veth peer name eth0 netns theirs")
    theirs = host.container("theirs")
    theirs.run(["sh", "-c", "ip addr add 10.60.0.2/24 dev eth0; ip link set eth0 up; ip link set lo down"])
    host.run("ip link set to-theirs up")
    # As root in a container would: what leaves for 127.0.0.1 goes to the host.
    theirs.run(["sh", "-c", "ip route add local default dev lo table 9; ip route del table local 127.0.0.0/8 || true"])
    theirs.run("ip route add 127.0.0.1/32 via 10.60.0.1")
    put(theirs, ROUTE_LOCALNET % "eth0" + "=1")
    return theirs


PORT = {"host_port": 8080, "container_ip": "10.60.0.2", "container_port": 80, "bridge": "lxcbr0"}


@pytest.mark.parametrize("forwarding", ["0", "1"])
@pytest.mark.parametrize("lost", [None, "rules", "note"])
def test_a_bridge_of_others_gets_back_what_a_port_needed(host, forwarding, lost):
    theirs = lxcbr(host)
    put(host, "net.ipv4.ip_forward=" + forwarding)
    host.serve_tcp(7000, "secret", address="127.0.0.1")
    host.remember()
    theirs.serve_tcp(80, "theirs")
    host.module("port_publish", **PORT)
    assert get(host, ROUTE_LOCALNET % "lxcbr0") == "1"
    assert host.get("http://127.0.0.1:8080").reply == "theirs"
    assert not host.module("port_publish", **PORT)["changed"]
    assert not theirs.can_reach("127.0.0.1", 7000, timeout=0.3)
    if lost == "note":
        host.run("rm -f /run/hostnet/forwarding-4")
    elif lost == "rules":
        for table in ("nat", "filter", "raw"):
            host.run("iptables -t %s -F" % table)
    actions = host.module("port_publish", state="absent", **PORT)["actions"]
    assert "set %s = 0" % (ROUTE_LOCALNET % "lxcbr0") in actions
    assert get(host, ROUTE_LOCALNET % "lxcbr0", "net.ipv4.ip_forward") == ["0", forwarding]
    assert not theirs.can_reach("127.0.0.1", 7000, timeout=0.3)


def test_it_is_given_back_while_other_ports_stay_and_before_the_guard_goes(host):
    lxcbr(host)
    host.module("network", **WEB)
    host.remember()
    host.module("port_publish", **PORT)
    done = host.module("port_publish", state="absent", **PORT)["actions"]
    assert done[0] == "set %s = 0" % (ROUTE_LOCALNET % "lxcbr0")
    assert host.leaks() == []
    put(host, ROUTE_LOCALNET % "lxcbr0" + "=1")
    host.module("port_publish", **PORT)
    host.module("port_publish", state="absent", **PORT)
    assert get(host, ROUTE_LOCALNET % "lxcbr0") == "1"


def test_a_bridge_is_never_born_open_to_loopback(host):
    put(host, "net.ipv4.conf.default.route_localnet=1")
    host.module("bridge", name="web", addresses=["10.20.0.1/24"])
    assert get(host, ROUTE_LOCALNET % "web") == "0"
    assert not host.module("bridge", name="web", addresses=["10.20.0.1/24"])["changed"]


def test_bridges_are_guarded_where_every_interface_routes_loopback(host):
    host.module("bridge", name="web", addresses=["10.20.0.1/24"])
    assert "HOSTNET-GUARD" not in host.run("iptables-save -t raw").stdout
    host.remember()
    put(host, "net.ipv4.conf.all.route_localnet=1")
    host.module("bridge", name="web", addresses=["10.20.0.1/24"])
    rules = host.run("iptables-save -t raw").stdout
    assert "-d 127.0.0.0/8 ! -i lo" in rules
    put(host, "net.ipv4.conf.all.route_localnet=0")
    host.module("bridge", name="web", addresses=["10.20.0.1/24"])
    assert host.leaks() == []


# --- settings that cannot be written ------------------------------------------------------------------


def _read_only():
    os.system("mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys")


def _may_write():
    try:
        with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as file:
            file.write("1")
    except OSError:
        return False
    return True


def test_what_is_right_already_is_not_written(host):
    new = ["promote_secondaries=1", "route_localnet=0", "forwarding=1"]
    put(host, "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    put(host, *("net.ipv4.conf.default." + item for item in new))
    put(host, "net.ipv6.conf.default.accept_ra=0", "net.ipv6.conf.default.accept_dad=0")
    host.python(_read_only)
    assert not host.python(_may_write)
    host.module("bridge", name="web", addresses=["10.20.0.1/24", "fd00:20::1/64"])
    host.module("masquerade", source="10.20.0.0/24", bridge="web")
    assert not host.module("masquerade", source="10.20.0.0/24", bridge="web")["changed"]
