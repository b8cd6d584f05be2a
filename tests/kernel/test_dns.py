# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks with ``dns``: dnsmasq answers on the real kernel.

A stand-in for systemctl starts the servers. That systemd does so, the tests of whole hosts show.
"""

from __future__ import annotations

import itertools
import os
import re
import time

import pytest
import stand_in
from dns_queries import REFUSED, Upstream, ask
from interruption import failed_at, killed_at

from hosts import Host, ModuleFailed
from hosts.child import ChildFailed
from hosts.lab import HOST, INTERNET

NOT_FOUND, FOUND = (3, []), 0
WEB = {
    "name": "web",
    "subnets": ["10.20.0.0/24", "fd00:20::/64"],
    "dns": True,
    "containers": [{"name": "a", "hosts": ["a.example"]}, {"name": "b"}],
}
BACK = {"name": "back", "subnets": ["10.30.0.0/24"], "dns": True, "internal": True, "containers": [{"name": "data"}]}


@pytest.fixture
def lab_with_systemd(lab):
    """The lab, its host with a stand-in for systemd and a name server on the internet."""
    lab.host.python(stand_in.install, INTERNET)
    lab.host.remember()
    return lab


@pytest.fixture
def host(lab_with_systemd):
    """The host of the lab."""
    return lab_with_systemd.host


def network(host, check=False, **options):
    """Run the module network with the stand-in."""
    return stand_in.run_module(host, "network", check, **options)


def answer(place, server, name, **options):
    """Ask until there is an answer, for dnsmasq may just have been started."""
    return eventually(lambda: place.python(ask_in_place, server, name, options))


def ask_in_place(server, name, options):
    return ask(server, name, **options)


def eventually(look, wanted=lambda found: found is not None):
    """Look until what is found is what is wanted, for three seconds."""
    end = time.monotonic() + 3
    while not wanted(found := look()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def silent(place, server, **options):
    """Whether no answer comes."""
    return place.python(ask_in_place, server, "a", {"timeout": 0.3, **options}) is None


def name_servers(place):
    return re.findall("^nameserver (.*)$", place.run("cat /etc/resolv.conf").stdout, re.MULTILINE)


def leaks(host):
    return [line for line in host.leaks() if "/run/stand-in/" not in line]


def calls(host):
    """What systemctl was asked to do since the last time."""
    found = host.run("cat /run/stand-in/calls").stdout.splitlines()
    host.run("rm /run/stand-in/calls")
    return [line.split()[0] for line in found if not line.startswith("list-units")]


def test_a_server_answers_for_the_names_of_its_network_and_forwards_the_rest(lab_with_systemd):
    host, upstream = lab_with_systemd.host, Upstream(lab_with_systemd.internet)
    foretold = network(host, check=True, **WEB)
    done = network(host, **WEB)
    assert (foretold["actions"], foretold["diff"]) == (done["actions"], done["diff"])
    assert "start DNS server of network web" in done["actions"]
    assert "accept DNS queries from br-web to 10.20.0.1" in done["actions"]
    assert not network(host, **WEB)["changed"]
    a = host.container("a")
    for server in ("10.20.0.1", "fd00:20::1"):
        assert answer(a, server, "b") == (FOUND, ["10.20.0.3"])
        assert answer(a, server, "b", family=6) == (FOUND, ["fd00:20::3"])
        assert answer(a, server, "a.example", tcp=True) == (FOUND, ["10.20.0.2"])
    assert answer(a, "10.20.0.1", "outside.example") == (FOUND, [Upstream.ADDRESS])
    assert answer(a, "10.20.0.1", "nobody") == NOT_FOUND
    assert upstream.asked == ["outside.example"]
    assert name_servers(a) == ["10.20.0.1", "fd00:20::1"]
    network(host, name="web", state="absent")
    assert leaks(host) == []
    assert host.run("cat /run/stand-in/hostnet-dns-web.service", check=False).rc != 0


# MX, TXT, SRV, SVCB, HTTPS, ANY, and one that nobody knows.
OTHER_TYPES = (15, 16, 33, 64, 65, 65400)


def test_nothing_about_a_name_of_ours_goes_outside(lab_with_systemd):
    host, upstream = lab_with_systemd.host, Upstream(lab_with_systemd.internet)
    only_four = {"name": "four", "hosts": ["example.com"], "addresses": ["10.20.0.9"]}
    network(host, **{**WEB, "containers": [*WEB["containers"], only_four]})
    a = host.container("a")
    assert answer(a, "10.20.0.1", "four", family=6) == (FOUND, [])
    for kind in OTHER_TYPES:
        for name in ("b", "four", "a.example", "example.com"):
            assert answer(a, "10.20.0.1", name, kind=kind) == (FOUND, []), (name, kind)
        assert answer(a, "10.20.0.1", "nobody", kind=kind) == NOT_FOUND
        assert answer(a, "10.20.0.1", "3.0.20.10.in-addr.arpa", kind=kind)[1] == []
    assert answer(a, "10.20.0.1", "77.0.20.10.in-addr.arpa", kind=12) == NOT_FOUND
    unused = "f." * 16 + "0.0.0.0.0.0.0.0.0.2.0.0.0.0.d.f.ip6.arpa"
    assert answer(a, "10.20.0.1", unused, kind=12) == NOT_FOUND
    assert upstream.asked == []
    assert answer(a, "10.20.0.1", "www.example.com") == (FOUND, [Upstream.ADDRESS])
    assert upstream.asked == ["www.example.com"]


def test_a_name_that_comes_later_is_asked_for_nowhere_else_either(lab_with_systemd):
    host, upstream = lab_with_systemd.host, Upstream(lab_with_systemd.internet)
    network(host, **WEB)
    a = host.container("a")
    assert answer(a, "10.20.0.1", "later.example", kind=16)[0] == FOUND
    assert upstream.asked == ["later.example"]
    network(host, **{**WEB, "containers": [*WEB["containers"], {"name": "c", "hosts": ["later.example"]}]})
    assert eventually(lambda: answer(a, "10.20.0.1", "later.example", kind=65), lambda got: got == (FOUND, [])) == (
        FOUND,
        [],
    )
    asked = list(upstream.asked)
    assert answer(a, "10.20.0.1", "later.example", kind=16) == (FOUND, [])
    assert upstream.asked == asked


def test_an_internal_network_asks_nobody_outside(lab_with_systemd):
    host, upstream = lab_with_systemd.host, Upstream(lab_with_systemd.internet)
    network(host, **BACK)
    database = host.container("data")
    assert answer(database, "10.30.0.1", "data") == (FOUND, ["10.30.0.2"])
    assert answer(database, "10.30.0.1", "outside.example") == (REFUSED, [])
    assert upstream.asked == []


@pytest.mark.parametrize("closed", ["-P INPUT DROP", "-A INPUT -j REJECT"])
def test_queries_pass_a_closed_input_chain_and_only_those_of_the_network(lab_with_systemd, closed):
    host = lab_with_systemd.host
    host.run("iptables " + closed)
    host.run("iptables -A INPUT -p tcp --dport 22 -j ACCEPT")
    host.remember()
    network(host, networks=[WEB, BACK])
    a, database = host.container("a"), host.container("data")
    assert answer(a, "10.20.0.1", "b") == (FOUND, ["10.20.0.3"])
    assert answer(a, "10.20.0.1", "b", tcp=True) == (FOUND, ["10.20.0.3"])
    assert silent(database, "10.20.0.1")
    assert silent(a, "10.30.0.1")
    host.serve_udp(54)
    assert not a.can_reach("10.20.0.1", 54, "udp", timeout=0.3)
    assert not network(host, networks=[WEB, BACK])["changed"]
    network(host, networks=[dict(WEB, dns=False), dict(BACK, dns=False)])
    assert "hostnet dns" not in host.run("iptables-save").stdout
    network(host, networks=[{"name": "web", "state": "absent"}, {"name": "back", "state": "absent"}])
    assert leaks(host) == []


def test_nobody_on_the_lan_is_answered_but_the_host_is(lab_with_systemd):
    host, lan = lab_with_systemd.host, lab_with_systemd.lan
    network(host, **WEB)
    lan.run("ip route add 10.20.0.0/24 via " + HOST)
    assert answer(host, "10.20.0.1", "b") == (FOUND, ["10.20.0.3"])
    for tcp in (False, True):
        assert silent(lan, "10.20.0.1", tcp=tcp)
    host.run("iptables -F HOSTNET-INPUT")
    assert answer(lan, "10.20.0.1", "b") == (FOUND, ["10.20.0.3"])
    assert "accept DNS queries from br-web to 10.20.0.1" in network(host, **WEB)["actions"]
    assert silent(lan, "10.20.0.1")


def test_names_come_and_go_without_a_restart(host):
    network(host, **WEB)
    a = host.container("a")
    assert answer(a, "10.20.0.1", "b") == (FOUND, ["10.20.0.3"])
    calls(host)
    done = network(host, **{**WEB, "containers": [WEB["containers"][0], {"name": "c"}]})
    assert "update names for the DNS server of network web" in done["actions"]
    assert calls(host) == ["try-reload-or-restart"]
    assert eventually(lambda: answer(a, "10.20.0.1", "c"), lambda found: found[0] == FOUND)[0] == FOUND
    assert eventually(lambda: answer(a, "10.20.0.1", "b"), lambda found: found == NOT_FOUND) == NOT_FOUND


def test_a_container_on_two_networks_asks_its_own_first(host):
    on_both = dict(WEB, containers=[{"name": "a", "networks": ["back"]}])
    network(host, networks=[on_both, BACK])
    a = host.container("a")
    assert name_servers(a) == ["10.20.0.1", "fd00:20::1", "10.30.0.1"]
    assert answer(a, "10.20.0.1", "a") == (FOUND, ["10.20.0.2"])
    assert answer(a, "10.20.0.1", "data") == NOT_FOUND
    found, (own,) = answer(a, "10.30.0.1", "a")
    assert (found, own[:8]) == (FOUND, "10.30.0.")
    assert answer(a, "10.30.0.1", "data")[0] == FOUND


@pytest.mark.parametrize("purge", [True, False])
def test_dns_is_turned_on_and_off_again(host, purge):
    network(host, **{**WEB, "dns": False})
    before = host.snapshot()
    resolv = host.container("a").run("cat /etc/resolv.conf").stdout
    network(host, **WEB)
    assert host.container("a").run("cat /etc/resolv.conf").stdout != resolv
    done = network(host, **{**WEB, "dns": False, "purge": purge})
    assert "stop DNS server of network web" in done["actions"]
    assert "stop accepting DNS queries from br-web to 10.20.0.1" in done["actions"]
    assert host.container("a").run("cat /etc/resolv.conf").stdout == resolv
    assert [line for line in host.leaks(before) if "stand-in" not in line] == []


def test_what_others_declare_leaves_the_server_alone_and_a_dead_one_is_started_again(host):
    network(host, **WEB)
    calls(host)
    network(host, name="other", subnets=["10.40.0.0/24"])
    assert host.run("cat /run/stand-in/calls", check=False).stdout.count("start ") == 0
    host.run("sh -c 'kill $(cat /run/stand-in/hostnet-dns-web.service); rm /run/stand-in/hostnet-dns-web.service'")
    assert network(host, **WEB)["actions"] == ["start DNS server of network web"]
    assert answer(host.container("a"), "10.20.0.1", "b") == (FOUND, ["10.20.0.3"])


def test_what_stands_in_the_way_is_named_and_nothing_changes(host):
    host.serve_udp(53, address="0.0.0.0")
    for check in (False, True):
        with pytest.raises(ModuleFailed, match=r"network web: dns: port 53 \(udp\) of 10.20.0.1 is in use by process"):
            network(host, check=check, **WEB)
    assert leaks(host) == []


def test_without_systemd_the_option_is_refused_and_nothing_changes(lab):
    for check in (False, True):
        assert "network web: dns needs systemd" in lab.host.module_fails("network", check=check, **WEB)
    assert lab.host.leaks() == []


OFF = {"name": "web", "state": "absent"}
# Every moment of a whole network is tried in test_transaction.py; here every third one will do.
STRIDE = 3


def _interrupted(event, moment, options):
    os.environ["PATH"] = "/run/stand-in/bin:" + os.environ["PATH"]
    return event(moment, [("network", options)])


def whole(host):
    """What is there, without the notes of the stand-in and hardware addresses chosen at random."""
    taken = host.snapshot()
    files = [path for path in taken["files"] if "/run/stand-in/" not in path]
    running = host.run("sh -c 'ls /run/stand-in | grep hostnet-'", check=False).stdout
    return {key: taken[key] for key in ("addresses", "routes", "iptables", "ip6tables")}, files, running


@pytest.mark.parametrize("options", [WEB, OFF], ids=["on", "off"])
def test_failing_or_killed_on_the_way_a_call_is_taken_back_or_completed_by_the_next(options):
    deaths = 0
    for moment in itertools.count(1, STRIDE):
        with Host() as host:
            host.python(stand_in.install, INTERNET)
            if options is OFF:
                network(host, **WEB)
            before = whole(host)
            count, (result,) = host.python(_interrupted, failed_at, moment, options)
            if count < moment:
                break
            if result.get("failed"):
                assert "injected failure" in result["msg"]
                assert "taking back" not in result["msg"]
                assert whole(host) == before
            try:
                # Fewer changes than before are left to a run after one that was taken back, or that did its work.
                host.python(_interrupted, killed_at, moment, options)
            except ChildFailed as death:
                assert "wait status 9" in str(death)
                deaths += 1
            network(host, **options)
            assert not network(host, **options)["changed"]
            after = whole(host)
            assert ("hostnet-dns-web.service" in after[2]) == (options is WEB)
    assert deaths > 2
