# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process of the host is in the way of a published port exactly if the port would take packets from it."""

from __future__ import annotations

import itertools

import pytest
from networks import HOST_OF, NEIGHBOUR_OF, WEB, make, publish

from hosts import Lab, Unreachable

CONTAINER, PROCESS = "a", "the host's own"
# Of each family: what a process may listen on, and from where and by which address each of these is asked.
LISTENS = {
    4: ["0.0.0.0", "127.0.0.1", "127.0.0.53", HOST_OF[4], WEB.gateway(4)],
    6: ["::", "::1", HOST_OF[6], WEB.gateway(6)],
}
FORMS = [
    {},
    {"loopback": "none"},
    {"host_ip": "HOST"},
    {"host_ip": "GATEWAY"},
    {"host_ip": "HOST", "loopback": "none"},
    {"allowed_sources": ["NEIGHBOUR"]},
    {"hairpin": False, "loopback": "none"},
]
ON_LOOPBACK = [{"host_ip": "127.0.0.1"}, {"host_ip": "127.0.0.53", "hairpin": False}]
CASES = [
    pytest.param(family, form, id="ipv%d-%s" % (family, "-".join(map(str, form.values())) or "default"))
    for family in (4, 6)
    for form in FORMS + (ON_LOOPBACK if family == 4 else [])
]
NUMBERS = itertools.count(9100)


@pytest.fixture(scope="module")
def web(iptables_backend):
    with Lab(iptables_backend) as lab:
        (lab.a,) = make(lab.host, WEB, ["a"])
        yield lab


@pytest.mark.parametrize(("family", "form"), CASES)
@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_process_is_in_the_way_if_it_would_lose_packets(web, protocol, family, form):
    options = written_out(form, family)
    for listens in LISTENS[family]:
        number = next(NUMBERS)
        serve(web.a, protocol, number, CONTAINER, {4: "0.0.0.0", 6: "::"}[family])
        published = {"host_port": number, "container_port": number, "protocol": protocol, "families": [family]}
        publish(web.host, WEB, 2, **published, **options)
        process = serve(web.host, protocol, number, PROCESS, listens)
        loses = CONTAINER in asked_everywhere(web, family, listens, number, protocol)
        publish(web.host, WEB, 2, **published, **options, state="absent")
        assert asked_everywhere(web, family, listens, number, protocol) == {PROCESS}
        declared = {"host_port": number, "container_ip": WEB.address(family, 2), "protocol": protocol, **options}
        if loses:
            message = web.host.module_fails("port_publish", check=True, **declared)
            assert "host_port %d (%s) is in use by process python" % (number, protocol) in message
            assert "which listens on %s;" % listens in message
            assert "host_ip" in message and "loopback: none" in message
        else:
            web.host.module("port_publish", **declared)
            web.host.module("port_publish", **declared, state="absent")
        process.kill()
        process.wait()


def test_a_port_that_comes_to_take_more_is_judged_as_a_new_one(web):
    number = next(NUMBERS)
    serve(web.host, "tcp", number, PROCESS, "127.0.0.1")
    declared = {"host_port": number, "container_ip": WEB.address(4, 2)}
    web.host.module("port_publish", **declared, loopback="none")
    message = web.host.module_fails("port_publish", **declared)
    assert "host_port %d (tcp) is in use by process" % number in message
    assert web.host.module("port_publish", **declared, loopback="none", hairpin=False)["changed"]


def test_sockets_for_groups_and_link_local_addresses_lose_nothing(web):
    number = next(NUMBERS)
    (link_local,) = [
        address["local"]
        for address in web.host.run("ip -j -6 address show dev lan0").json[0]["addr_info"]
        if address["scope"] == "link"
    ]
    for listens in ("224.0.0.251", "ff02::fb%lan0", link_local + "%lan0"):
        serve(web.host, "udp", number, PROCESS, listens)
    for family in (4, 6):
        web.host.module("port_publish", host_port=number, container_ip=WEB.address(family, 2), protocol="udp")
    reply = web.lan.ask("%s%%%s" % (link_local, interface_towards_host(web.lan)), number, "udp").reply
    assert reply == PROCESS


def interface_towards_host(place):
    return place.run(["ip", "-j", "route", "get", HOST_OF[4]]).json[0]["dev"]


def written_out(form, family):
    values = {"HOST": HOST_OF[family], "GATEWAY": WEB.gateway(family), "NEIGHBOUR": NEIGHBOUR_OF[family]}
    return {
        name: [values[item] for item in value] if isinstance(value, list) else values.get(value, value)
        for name, value in form.items()
    }


def serve(place, protocol, number, reply, address):
    return (place.serve_tcp if protocol == "tcp" else place.serve_udp)(number, reply, address=address)


def asked_everywhere(web, family, listens, number, protocol):
    """The answers at each address that a socket serves, of those who can reach it."""
    every = LISTENS[family][1:]
    answers = set()
    for address in every if listens in ("0.0.0.0", "::") else [listens]:
        from_elsewhere = [] if address.startswith(("127.", "::1")) else [web.lan, web.a]
        for place in [web.host, *from_elsewhere]:
            try:
                answers.add(place.ask(address, number, protocol, timeout=0.3).reply)
            except Unreachable:
                continue
    return answers
