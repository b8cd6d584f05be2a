# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user, or another program, writes costs no more than its length: every parser, with 100 KB."""

from __future__ import annotations

import dataclasses
import gc
import ipaddress
import time

import pytest

from ansible_collections.hostnet.containers.plugins.module_utils.declare import address, name, number, short_form
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import Rule
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import parse as parse_tables
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Address
from ansible_collections.hostnet.containers.plugins.module_utils.systemd import dns, proxy
from model.declaring import declare, on, run
from model.memory_host import empty_host

LONG = 100_000
PARSERS = {
    "interface": name.interface_name,
    "interfaces": lambda text: name.interface_names([text]),
    "namespace": name.namespace_name,
    "container": name.container_name,
    "network": name.network_name,
    "owner": name.owner_name,
    "host name": lambda text: name.host_names([text]),
    "sysctl": lambda text: name.sysctls({text: 1}),
    "sysctl below net": lambda text: name.sysctls({"net." + text: 1}),
    "value of a sysctl": lambda text: name.sysctls({"net.ipv4.tcp_rmem": text}),
    "integer": number.within(1, 4094),
    "ports": number.port_range,
    "rate": number.rate,
    "size": number.size,
    "address": address.address,
    "network address": address.network,
    "interface address": address.interface_address,
    "mac": address.mac,
    "short form": short_form.expand,
    "rule": lambda text: Rule(text).value,
    "comment": lambda text: Rule("-m comment --comment " + text).comment,
    "target": lambda text: Rule(text).target,
    "tables": lambda text: parse_tables("*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD %s\nCOMMIT\n" % text),
    "proxy": lambda text: proxy.listening({"hostnet-proxy-x.socket": "ListenStream=" + text}),
    "proxy's target": lambda text: proxy.described({"hostnet-proxy-x.service": "ExecStart=" + text}),
    "DNS server": lambda text: dns.dns_listening({"hostnet-dns-x.service": text}),
}
PATTERNS = (
    "a",
    "9",
    ".",
    "a.",
    ".a",
    "a-",
    "_",
    "net.",
    "1:",
    "[1",
    "1-",
    '"',
    '\\"',
    '"a ',
    " ",
    "--comment ",
    "a\t",
    "::",
    "\0",
)


@pytest.mark.parametrize("parser", PARSERS)
def test_a_long_value_costs_no_more_than_its_length(parser):
    start = time.process_time()
    for pattern in PATTERNS:
        for end in ("", "!", "bit", "a"):
            text = pattern * (LONG // len(pattern)) + end
            try:
                PARSERS[parser](text)
            except ValueError as error:
                assert str(error)
    # Each of 76 values takes a few milliseconds at most; one that takes the square of its length takes minutes.
    assert time.process_time() - start < 20


@pytest.mark.parametrize("length", [30, 60, 5000])
def test_a_key_of_many_parts_is_refused_at_once(length):
    start = time.process_time()
    with pytest.raises(ValueError, match="is not a sysctl"):
        name.sysctls({"net" + ".a" * length + "!": 1})
    assert time.process_time() - start < 5


@pytest.mark.parametrize("key", ["net.ipv4.ip_forward", "net/ipv4/conf/eth0.100/forwarding", "net.ipv4.conf.eth0/1.x"])
def test_the_usual_keys_are_taken(key):
    assert name.sysctls({key: 1}) == ((key, "1"),)


@pytest.mark.parametrize(
    "key", ["net", "net.", "net..x", "net./x", "net.x.", "network.x", "net.a b", "net.\n", "kernel.x"]
)
def test_others_are_not(key):
    with pytest.raises(ValueError, match="is not a sysctl"):
        name.sysctls({key: 1})


@pytest.mark.parametrize("taken", ["localhost", "LOCALHOST", "ip6-localhost"])
def test_no_container_is_the_host_itself(taken):
    for parse in (name.container_name, lambda text: name.host_names(["a", text])):
        with pytest.raises(ValueError, match="means the host itself"):
            parse(taken)


def test_a_plan_costs_one_look_at_each_address_of_a_container():
    few, many = (min(_planning_time(number) for _attempt in range(3)) for number in (10_000, 20_000))
    assert many < 2.6 * few


def _planning_time(number):
    """The processor time of planning for a container that has this many addresses, half of them with our mark."""
    host = empty_host()
    pair = {"netns": "a", "bridge": "web", "addresses": ["10.20.0.2/24"]}
    on(host, "Netns", name="a")
    on(host, "Bridge", name="web")
    on(host, "VethPair", **pair)
    namespace = host.state.namespaces["a"]
    found = tuple(
        Address(ipaddress.ip_interface("fd00:99::%x/64" % last), ours=last % 2 == 0) for last in range(number)
    )
    peer = namespace.links["eth0"]
    changed = namespace.with_link(dataclasses.replace(peer, addresses=peer.addresses + found))
    host.state = host.state.with_namespace(changed)
    # The collector would look at all objects of all tests before, time and again.
    gc.disable()
    try:
        began = time.process_time()
        run(host, declare("VethPair", **pair), check=True)
        return time.process_time() - began
    finally:
        gc.enable()
