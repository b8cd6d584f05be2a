# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tracked connections that are forgotten, and processes that listen."""

from __future__ import annotations

import socket

import pytest
from kernel_steps import container, performed, port

from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import PortRange
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.flow_rules import FlowRules
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.layout import lay_out
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import Tables
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.services import Services
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.listening_sockets import Listeners
from ansible_collections.hostnet.containers.plugins.module_utils.state.host import State
from ansible_collections.hostnet.containers.plugins.module_utils.steps.connections import RedecideFlows

RULES = """
iptables -t nat -A OUTPUT -p udp -d 10.20.0.1 --dport 9000 -j DNAT --to 10.20.0.2:90
ip6tables -t nat -A OUTPUT -p udp -d fd00:20::1 --dport 9000 -j DNAT --to [fd00:20::2]:90
"""


@pytest.fixture
def talking(host):
    """A host on which datagrams were sent to its own ports 9000 (which lead to the container) and 9001."""
    host.python(performed, container())
    for rule in RULES.strip().splitlines():
        host.run(rule)
    host.python(send, [("10.20.0.1", 9000), ("10.20.0.1", 9001), ("10.20.0.2", 9001)])
    host.python(send, [("fd00:20::1", 9000), ("fd00:20::1", 9001)])
    return host


def send(targets):
    family = socket.AF_INET6 if ":" in targets[0][0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        for target in targets:
            sender.sendto(b"?", target)


def connections(host):
    listed = host.run("conntrack -L").stdout + host.run("conntrack -L -f ipv6").stdout
    words = [line.split() for line in listed.splitlines() if line.startswith("udp")]
    return {(line[4][4:], int(line[6][6:])) for line in words}


def forgotten(host, withdrawn=(), published=()):
    before = connections(host)
    steps = [RedecideFlows(family, rules_of(family, withdrawn), rules_of(family, published)) for family in (4, 6)]
    host.python(performed, steps)
    return before - connections(host)


def rules_of(family, ports):
    """The rules of a host that publishes nothing else."""
    state = State(firewall={family: Tables()})
    services = Services(ports={item.key: item for item in ports if item.family == family})
    return FlowRules(family, (lay_out(state, services, family, "ACCEPT"),))


@pytest.mark.parametrize(
    ("given", "gone"),
    [
        ({"withdrawn": [port(9000, "10.20.0.2", 90)]}, {("10.20.0.1", 9000)}),
        ({"withdrawn": [port(9000, "fd00:20::2", 90)]}, {("fd00:20::1", 9000)}),
        ({"withdrawn": [port(9000, "10.20.0.2", 91)]}, set()),
        ({"withdrawn": [port(9000, "10.20.0.3", 90)]}, set()),
        ({"withdrawn": [port(9000, "10.20.0.2", 90, "tcp")]}, set()),
        ({"published": [port(9001, "10.20.0.2", 90)]}, {("10.20.0.1", 9001)}),
        ({"published": [port(9001, "fd00:20::2", 90, host_ip="fd00:20::1")]}, {("fd00:20::1", 9001)}),
        ({"published": [port(9001, "10.20.0.2", 90, host_ip="10.20.0.9")]}, set()),
        ({"published": [port(9000, "10.20.0.2", 90)]}, set()),
        ({"published": [port(9000, "10.20.0.3", 90)]}, {("10.20.0.1", 9000)}),
        ({"published": [port(9001, "10.20.0.2", 90, "sctp")]}, set()),
    ],
)
def test_only_stale_connections_are_forgotten(talking, given, gone):
    assert forgotten(talking, **given) == gone


def test_a_host_that_tracks_nothing_has_nothing_to_forget(host):
    host.python(performed, [RedecideFlows(4, rules_of(4, [port(9000, "10.20.0.2", 90)]), rules_of(4, []))])


def holder(protocol, number, family, taken=lambda _ip, _port: True):
    found = Listeners().listener(protocol, PortRange(number, number), family, taken)
    return found and (found.process, str(found.ip))


@pytest.mark.parametrize(
    ("proto", "address", "families"),
    [("tcp", "0.0.0.0", {4}), ("udp", "127.0.0.1", {4}), ("tcp", "::", {4, 6}), ("udp", "::1", {6})],
)
def test_a_listener_is_found_in_the_families_that_it_serves(host, proto, address, families):
    serve = host.serve_tcp if proto == "tcp" else host.serve_udp
    serve(8080, address=address)
    found = {family: host.python(holder, proto, 8080, family) for family in (4, 6)}
    assert {family for family, known in found.items() if known} == families
    assert {known[1] for known in found.values() if known} == {address}
    assert not host.python(holder, "udp" if proto == "tcp" else "tcp", 8080, 4)
    assert not host.python(holder, proto, 8081, 4)


def test_a_listener_that_loses_nothing_is_passed_over(host):
    host.serve_tcp(8080, address="127.0.0.2")
    host.serve_tcp(8080, address="127.0.0.1")
    assert host.python(holder, "tcp", 8080, 4, only_the_first)[1] == "127.0.0.1"


def only_the_first(address, port):
    return str(address) == "127.0.0.1" and port == 8080


def test_a_listener_for_ipv6_only_leaves_ipv4_free(host):
    assert host.python(asked_beside_a_socket_for_ipv6_only) == (None, True)


def asked_beside_a_socket_for_ipv6_only():
    with socket.socket(socket.AF_INET6) as listening:
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(("::", 8080))
        listening.listen()
        return holder("tcp", 8080, 4), holder("tcp", 8080, 6) is not None


def test_a_connected_socket_listens_to_nobody(host):
    assert host.python(asked_beside_a_connected_socket) is None


def asked_beside_a_connected_socket():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind(("127.0.0.1", 8080))
        client.connect(("127.0.0.1", 53))
        return holder("udp", 8080, 4)


def test_a_container_that_listens_blocks_nothing(host):
    host.python(performed, container())
    host.container("box").serve_tcp(8080)
    assert host.python(holder, "tcp", 8080, 4) is None


def test_the_process_is_named(host):
    server = host.serve_tcp(8080)
    name, pid = host.python(named)
    assert name.startswith("python") or name.startswith("pytest")
    assert pid == server.pid


def named():
    found = Listeners().listener("tcp", PortRange(8000, 8100), 4, lambda _ip, _port: True)
    return found.process, found.pid


def test_sockets_are_read_once(host):
    host.serve_tcp(8080)
    assert host.python(reads_for_a_hundred_questions) == 2


def reads_for_a_hundred_questions():
    from ansible_collections.hostnet.containers.plugins.module_utils.kernel import listening_sockets

    seen, read = [], listening_sockets._read
    listening_sockets._read = lambda protocol: seen.append(protocol) or read(protocol)
    known = Listeners()
    for number in range(100):
        known.listener("tcp", PortRange(number + 1, number + 1), 4, only_the_first)
        known.listener("udp", PortRange(number + 1, number + 1), 6, only_the_first)
    return len(seen)
