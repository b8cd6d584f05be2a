# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scenarios 1 to 34 of the catalogue: ports published to the network and to the host.

Real packets throughout. Python's kernel interface may lack SCTP sockets; an association's first packet is then as
good as a whole association to tell whether it is led to the container.
"""

from __future__ import annotations

import socket

import pytest
from networks import DB, HOST_OF, NEIGHBOUR_OF, WEB, make, publish
from packets import sctp_init
from talk import Connection, Ear, Stream, open_in, refuses

PROTOCOLS = ("tcp", "udp")


@pytest.mark.parametrize("proto", PROTOCOLS)
def test_01_34_a_peer_reaches_a_published_port_and_is_seen_under_its_own_address(networks, family, proto):
    answer = networks.lan.ask(HOST_OF[family], 8080, proto)
    assert (answer.reply, answer.client) == ("a", NEIGHBOUR_OF[family])


@pytest.mark.parametrize("proto", PROTOCOLS)
@pytest.mark.parametrize("by", ["lan0", "bridge", "other bridge"])
def test_02_the_host_reaches_a_published_port_by_each_of_its_addresses(networks, family, proto, by):
    address = {"lan0": HOST_OF[family], "bridge": WEB.gateway(family), "other bridge": DB.gateway(family)}[by]
    assert networks.host.ask(address, 8080, proto).reply == "a"


@pytest.mark.parametrize("proto", PROTOCOLS)
@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.99"])
def test_03_the_host_reaches_a_published_port_by_localhost(networks, proto, address):
    assert networks.host.ask(address, 8080, proto).reply == "a"


@pytest.fixture
def web(lab):
    """One network of two containers, which serve; port 80 of each tells its name."""
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"])
    for name in "ab":
        getattr(lab, name).serve_tcp(80, name)
        getattr(lab, name).serve_udp(80, name)
    return lab


@pytest.mark.parametrize("proto", PROTOCOLS)
@pytest.mark.parametrize(
    ("host_ports", "container_ports"),
    [("7000-7002", "7000-7002"), ("7000-7002", "90-92"), ("7000-7002", None), ("7001", "91")],
)
def test_13_each_port_of_a_range_leads_to_its_counterpart(web, family, proto, host_ports, container_ports):
    publish(web.host, WEB, 2, host_ports, container_ports, protocol=proto)
    shift = 90 - 7000 if container_ports and container_ports.startswith("9") else 0
    first, _dash, last = host_ports.partition("-")
    for number in range(int(first), int(last or first) + 1):
        serve = web.a.serve_tcp if proto == "tcp" else web.a.serve_udp
        serve(number + shift, "port %d" % (number + shift))
        assert web.lan.ask(HOST_OF[family], number, proto).reply == "port %d" % (number + shift)
    assert refuses(web.lan, HOST_OF[family], int(last or first) + 1, proto)


def test_14_15_a_host_ip_serves_on_that_address_only(web, family):
    other = {4: "192.0.2.77", 6: "2001:db8:1::77"}[family]
    web.host.run(["ip", "address", "add", "%s/%d" % (other, {4: 24, 6: 64}[family]), "dev", "lan0", "nodad"])
    publish(web.host, WEB, 2, families=[family], host_ip=HOST_OF[family])
    assert web.lan.ask(HOST_OF[family], 8080).reply == "a"
    assert refuses(web.lan, other, 8080)
    assert refuses(web.lan, HOST_OF[10 - family], 8080)
    publish(web.host, WEB, 3, families=[family], host_ip=other)
    assert web.lan.ask(other, 8080).reply == "b"
    assert web.lan.ask(HOST_OF[family], 8080).reply == "a"


def test_17_19_loopback_addresses_have_ports_of_their_own_which_only_the_host_reaches(web):
    for last, address in ((2, "127.0.1.2"), (3, "127.0.1.3")):
        publish(web.host, WEB, last, families=[4], host_ip=address)
    assert web.host.ask("127.0.1.2", 8080).reply == "a"
    assert web.host.ask("127.0.1.3", 8080).reply == "b"
    assert refuses(web.host, "127.0.0.1", 8080)
    assert refuses(web.lan, HOST_OF[4], 8080)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"host_ip": "abcd"}, "host_ip"),
        ({"host_port": 0}, "host_port"),
        ({"host_port": -1}, "host_port"),
        ({"container_port": 65536}, "container_port"),
        ({"host_port": "90-80"}, "host_port"),
        ({"host_ip": "2001:db8:1::1"}, "host_ip"),
    ],
)
def test_18_bad_addresses_and_ports_are_errors_and_leave_no_rule(networks, options, word):
    before = networks.host.snapshot()
    given = {"host_port": 9000, "container_port": 80, "container_ip": WEB.address(4, 2), **options}
    assert word in networks.host.module_fails("port_publish", **given)
    assert networks.host.leaks(before) == []


def test_21_ports_of_two_host_addresses_come_and_go_and_leave_the_chain_as_it_was(networks, family):
    before = networks.host.snapshot()
    for address in (HOST_OF[family], WEB.gateway(family)):
        publish(networks.host, WEB, 2, 9001, families=[family], host_ip=address)
    for address in (HOST_OF[family], WEB.gateway(family)):
        publish(networks.host, WEB, 2, 9001, families=[family], host_ip=address, state="absent")
    assert networks.host.leaks(before) == []


@pytest.mark.parametrize("proto", PROTOCOLS)
def test_22_a_port_that_a_process_holds_is_an_error_and_nothing_is_half_done(networks, family, proto):
    serve = networks.host.serve_tcp if proto == "tcp" else networks.host.serve_udp
    server = serve(9002, "the host's own", address={4: "0.0.0.0", 6: "::"}[family])
    before = networks.host.snapshot()
    port = {"container_port": 80, "container_ip": WEB.address(family, 2), "protocol": proto}
    ports = [dict(port, host_port=9010), dict(port, host_port="9001-9003")]
    message = networks.host.module_fails("port_publish", ports=ports[:1] + [dict(ports[1], container_port="80-82")])
    assert "host_port 9001-9003 (%s) is in use by process" % proto in message
    assert networks.host.leaks(before) == []
    server.kill()
    server.wait()


def test_25_a_port_of_both_families_is_reported_for_both(web):
    reported = publish(web.host, WEB, 2)["ports"]
    assert [port["container_ip"] for port in reported] == [WEB.address(4, 2), WEB.address(6, 2)]
    assert {(port["host_port"], port["bridge"]) for port in reported} == {("8080", "web")}


def test_26_a_port_is_published_again_at_once_though_old_connections_linger(web, family):
    publish(web.host, WEB, 2)
    for _time in range(3):
        assert web.lan.ask(HOST_OF[family], 8080).reply == "a"
        publish(web.host, WEB, 2, state="absent")
        assert refuses(web.lan, HOST_OF[family], 8080)
        publish(web.host, WEB, 2)
    assert web.lan.ask(HOST_OF[family], 8080).reply == "a"


def test_27_a_stream_of_datagrams_moves_to_the_new_target_at_once(web, family):
    """Rules alone do not do it: after the last step only they lead to the old target."""
    publish(web.host, WEB, 2, protocol="udp")
    stream = Stream(web.lan, family, HOST_OF[family], 8080)
    assert '"a"' in stream.ask()
    publish(web.host, WEB, 3, protocol="udp")
    assert '"b"' in stream.ask()
    program = {4: "iptables", 6: "ip6tables"}[family]
    by_hand = web.host.run(program + "-save").stdout.replace(WEB.address(family, 3), WEB.address(family, 2))
    web.host.run(program + "-restore", stdin=by_hand)
    assert '"b"' in stream.ask()
    assert web.lan.ask(HOST_OF[family], 8080, "udp").reply == "a"


def test_27_a_stream_that_the_host_answered_moves_to_the_container_at_once(web, family):
    server = web.host.serve_udp(8080, "the host's own")
    stream = Stream(web.lan, family, HOST_OF[family], 8080)
    assert "own" in stream.ask()
    server.kill()
    server.wait()
    publish(web.host, WEB, 2, protocol="udp")
    assert '"a"' in stream.ask()


def test_29_a_withdrawn_port_is_refused_and_others_are_untouched(web, family):
    for proto in PROTOCOLS:
        publish(web.host, WEB, 2, 8080, protocol=proto)
    publish(web.host, WEB, 3, 8081, 81)
    stream = Stream(web.lan, family, HOST_OF[family], 8080)
    assert '"a"' in stream.ask()
    kept = Connection(web.lan, web.b, family, HOST_OF[family], 8081, served=81)
    for proto in PROTOCOLS:
        publish(web.host, WEB, 2, 8080, protocol=proto, state="absent")
        assert refuses(web.lan, HOST_OF[family], 8080, proto)
    assert stream.ask() is None
    assert kept.lives()
    kept.close()


def test_30_many_ports_in_one_call_all_work(web, family):
    """More than one rule of another tool would hold; and far enough apart to fill several chains of ours."""
    numbers = list(range(10000, 60000, 1000)) + list(range(20001, 20041))
    ports = [{"host_port": number, "container_port": 80} for number in numbers]
    web.host.module("port_publish", container_ip=WEB.address(family, 2), ports=ports)
    assert web.lan.python(answering, HOST_OF[family], numbers) == numbers
    assert refuses(web.lan, HOST_OF[family], 20041)


def answering(address, numbers):
    """Those of the ports that take a connection and answer it."""
    found = []
    for number in numbers:
        with socket.create_connection((address, number), timeout=2) as client:
            client.sendall(b"?")
            if client.recv(1):
                found.append(number)
    return found


def test_31_a_rule_of_the_users_own_hides_the_peers_from_the_container(web, family):
    publish(web.host, WEB, 2)
    program = {4: "iptables", 6: "ip6tables"}[family]
    web.host.run([program, "-t", "nat", "-A", "HOSTNET-USER-SNAT", "-o", "web", "-j", "MASQUERADE"])
    publish(web.host, WEB, 3, 8081)
    assert web.lan.ask(HOST_OF[family], 8080).client == WEB.gateway(family)


def test_sctp_is_led_to_the_container_and_back(web, family):
    """The first packet of an association and its refusal, by raw sockets."""
    publish(web.host, WEB, 2, 8080, 80, protocol="sctp")
    ear = Ear(web.a)
    packet = sctp_init(NEIGHBOUR_OF[family], HOST_OF[family], 4000, 8080, b"\1\2\3\4")
    with open_in(web.lan, family, socket.SOCK_RAW, socket.IPPROTO_RAW) as sender:
        sender.sendto(packet, (HOST_OF[family], 0))
    heard = ear.hears(b"\1\2\3\4", timeout=1)
    assert heard is not None
    assert int.from_bytes(heard[14 + {4: 20, 6: 40}[family] :][2:4], "big") == 80
    publish(web.host, WEB, 2, 8080, protocol="sctp", state="absent")
    assert "sctp" not in web.host.run({4: "iptables-save", 6: "ip6tables-save"}[family]).stdout


def test_asked_05_allowed_sources_are_matched_on_the_outside_port(web, family):
    sources = {4: ["198.51.100.0/24"], 6: ["2001:db8:2::/64"]}[family]
    publish(web.host, WEB, 2, families=[family], allowed_sources=sources)
    assert web.internet.ask(HOST_OF[family], 8080).reply == "a"
    assert web.host.ask(HOST_OF[family], 8080).reply == "a"
    assert refuses(web.lan, HOST_OF[family], 8080)
    publish(web.host, WEB, 2, families=[family], allowed_sources=[])
    assert web.lan.ask(HOST_OF[family], 8080).reply == "a"


def test_asked_07_a_target_port_changes_in_place_and_a_connection_to_another_port_lives_on(web, family):
    publish(web.host, WEB, 2)
    publish(web.host, WEB, 3, 8081, 81)
    kept = Connection(web.lan, web.b, family, HOST_OF[family], 8081, served=81)
    web.a.serve_tcp(8000, "a anew")
    done = publish(web.host, WEB, 2, container_port=8000)
    assert done["changed"]
    assert web.lan.ask(HOST_OF[family], 8080).reply == "a anew"
    assert kept.lives()
    publish(web.host, WEB, 2, state="absent")
    assert kept.lives()
    kept.close()


def test_owners_and_purge_leave_ports_of_others_alone(web, family):
    for owner, last, port in (("one", 2, 8080), ("one", 2, 8081), ("two", 3, 8082)):
        publish(web.host, WEB, last, port, owner=owner)
    kept = publish(web.host, WEB, 2, 8081, owner="one", purge=True)
    assert kept["changed"]
    assert refuses(web.lan, HOST_OF[family], 8080)
    assert web.lan.ask(HOST_OF[family], 8081).reply == "a"
    assert web.lan.ask(HOST_OF[family], 8082).reply == "b"
    assert "owner two" in web.host.module_fails(
        "port_publish", owner="one", host_port=8082, container_ip=WEB.address(family, 2)
    )
