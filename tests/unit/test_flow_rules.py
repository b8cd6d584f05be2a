# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rules decide of a flow, told from the rules themselves; and flows as the kernel tells of them."""

from __future__ import annotations

import functools
import ipaddress
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_golden_rules import FOLDER

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.flow_decision import OF_THE_HOST, Decision
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.flow_rules import flow_rules
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule_matching import KNOWN
from ansible_collections.hostnet.containers.plugins.module_utils.kernel import tracked_connections
from ansible_collections.hostnet.containers.plugins.module_utils.state.flow import Flow
from ansible_collections.hostnet.containers.plugins.module_utils.steps.connections import ANEW, ENDED, RedecideFlows
from model.declaring import on
from model.rich import rich_host

HOST = {4: "192.0.2.1", 6: "2001:db8::1"}
OUTSIDE = {4: "198.51.100.2", 6: "2001:db8:2::2"}


class Around:
    """The host's own addresses, and the way to all others."""

    def is_local(self, address):
        return address in {number(HOST[4]), number(HOST[6]), number("::1")} or address >> 24 == 127

    def device_to(self, _address, _source=None, _came_by=None):
        return "eth0"

    def device_beside(self, _neighbour, _address):
        return None


def number(text):
    return int(ipaddress.ip_address(text))


def flow(source, destination, port=80, protocol="tcp", led_to=None, seen_as=None, answered=True):
    """A flow, as a rule of nobody would track it unless told otherwise."""
    family = ipaddress.ip_address(source).version
    answers = led_to or (destination, port)
    seen = number(seen_as or source)
    ends = number(source), 40000, number(destination), port, number(answers[0]), answers[1], seen, 40000
    return Flow(family, protocol, *ends, answered)


@functools.cache
def rich(family):
    return flow_rules(rich_host().state, family)


def target(address, port):
    return number(address), port


DECISIONS = [
    ("masquerade", flow("10.20.0.2", OUTSIDE[4]), Decision(accepted=True, source=OF_THE_HOST)),
    ("an excluded destination", flow("10.20.0.2", "192.0.2.7"), Decision(accepted=True)),
    ("a given address", flow("10.30.0.2", OUTSIDE[4]), Decision(accepted=True, source=number("192.0.2.1"))),
    ("a given address, IPv6", flow("fd00:30::2", OUTSIDE[6]), Decision(accepted=True, source=number("2001:db8::1"))),
    ("a denied destination", flow("10.40.0.2", "192.0.2.7"), Decision(refused=True)),
    ("internal", flow("10.50.0.2", OUTSIDE[4]), Decision(refused=True)),
    ("internal, inward", flow(OUTSIDE[4], "10.50.0.2"), Decision(refused=True)),
    ("a foreign source", flow("10.99.0.2", OUTSIDE[4]), Decision()),
    ("icc", flow("10.20.0.2", "10.20.0.3"), Decision(refused=True)),
    ("isolate", flow("10.20.0.2", "10.40.0.2"), Decision(refused=True)),
    ("nobody's", flow(OUTSIDE[4], "203.0.113.9"), Decision()),
    ("the host", flow("10.20.0.2", HOST[4]), Decision()),
    ("host_access", flow("10.30.0.2", HOST[4]), Decision(refused=True)),
    ("host_access published", flow("10.40.0.2", HOST[4], 22), Decision(refused=True)),
    ("ping of the host", flow("10.40.0.2", "10.40.0.1", 8, "icmp", ("10.40.0.1", None)), Decision()),
    ("ping of it, IPv6", flow("fd00:30::2", HOST[6], 128, "ipv6-icmp", (HOST[6], None)), Decision(refused=True)),
    ("neighbours", flow("fd00:30::2", HOST[6], 135, "ipv6-icmp", (HOST[6], None)), Decision()),
    ("a port", flow(OUTSIDE[4], HOST[4], 8005), Decision(accepted=True, target=target("10.20.0.2", 80))),
    ("a port, IPv6", flow(OUTSIDE[6], HOST[6], 8000), Decision(accepted=True, target=target("fd00:20::2", 80))),
    ("another protocol", flow(OUTSIDE[4], HOST[4], 8005, "udp"), Decision()),
    ("a run", flow(OUTSIDE[4], HOST[4], 9102), Decision(accepted=True, target=target("10.30.0.2", 9102))),
    ("a shifted run", flow(OUTSIDE[4], HOST[4], 9201), Decision(accepted=True, target=target("10.30.0.2", 81))),
    ("a port from the host", flow(HOST[4], HOST[4], 8005), Decision(target=target("10.20.0.2", 80))),
    (
        "a port by loopback",
        flow("127.0.0.1", "127.0.0.1", 8005),
        Decision(target=target("10.20.0.2", 80), source=OF_THE_HOST),
    ),
    (
        "a port by a sibling",
        flow("10.20.0.3", HOST[4], 8005),
        Decision(accepted=True, target=target("10.20.0.2", 80), source=OF_THE_HOST),
    ),
    ("without hairpin", flow("10.40.0.2", HOST[4], 2223), Decision(refused=True)),
    ("allowed", flow("203.0.113.7", HOST[4], 2222), Decision(accepted=True, target=target("10.40.0.2", 2222))),
    ("not allowed", flow(OUTSIDE[4], HOST[4], 2222), Decision()),
    ("a forged source", flow("10.20.0.2", OUTSIDE[4])._replace(source=number("10.50.0.9")), Decision(refused=True)),
]


@pytest.mark.parametrize(("item", "decision"), [case[1:] for case in DECISIONS], ids=[case[0] for case in DECISIONS])
def test_what_the_rules_decide(item, decision):
    assert rich(item.family).decision(item, Around()) == decision


ADDRESSES = {
    family: st.one_of(
        st.sampled_from([HOST[family], OUTSIDE[family], *texts]).map(number),
        st.integers(number(texts[0]) - 3, number(texts[0]) + 300),
    )
    for family, texts in {
        4: ["10.20.0.0", "10.30.0.2", "10.40.0.3", "10.50.0.2", "10.40.0.1", "127.0.0.1", "203.0.113.7", "192.0.2.9"],
        6: ["fd00:20::", "fd00:30::2", "fd00:50::2", "fd00:20::1", "::1", "2001:db8:7::7", "fe80::7"],
    }.items()
}
PORTS = st.sampled_from([8, 53, 80, 128, 2222, 2223, 5000, 8005, 8041, 9101, 9200, 9201, 65000, 65100])


def flows_of(family):
    made = st.builds(
        lambda protocol, source, destination, port: Flow(
            family, protocol, source, 4000, destination, port, destination, port, source, 4000, True
        ),
        st.sampled_from(["tcp", "udp", "sctp", "icmp", "ipv6-icmp", 47]),
        ADDRESSES[family],
        ADDRESSES[family],
        PORTS,
    )
    return st.lists(made, min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(flows_of(4) | flows_of(6))
def test_what_is_decided_once_for_many_is_what_is_decided_for_each(flows):
    state = rich_host_state()
    for item in flows:
        assert flow_rules(state, item.family).decision(item, Around()) == rich(item.family).decision(item, Around())


@functools.cache
def rich_host_state():
    return rich_host().state


def test_every_word_of_our_rules_is_understood():
    """A word that is new in our rules is to be matched, too, or flows that it decides live on when it comes or goes."""
    host = rich_host()
    rules = [item for tables in host.state.firewall.values() for _table, _chain, item in tables.rules_of_ours()]
    used = {option for item in rules for _negated, option, _values in item.value}
    for path in FOLDER.iterdir():
        for line in path.read_text(encoding="ascii").splitlines():
            if line.strip().startswith("-"):
                used.update(re.findall(r"(?<!\S)--?[a-z]\S*", line.partition("  #")[0]))
    assert used - KNOWN - {"-m"} == set()


def judged(item, change):
    """What becomes of a flow when something is declared on the host that has every kind of rule."""
    host = rich_host()
    twice(host)
    before = flow_rules(host.state, item.family)
    change(host)
    return RedecideFlows(item.family, before, flow_rules(host.state, item.family, before)).judged(item, Around())


def withdraw(host):
    options = {"container_ip": "10.20.0.2", "owner": "team-0"}
    on(host, "PortPublish", state="absent", ports=["%d:80" % port for port in range(8000, 8040)], **options)


def move(host):
    on(host, "PortPublish", owner="team-0", host_port=8005, container_port=80, container_ip="10.20.0.3")


def unmasqueraded(host):
    on(host, "Masquerade", state="absent", owner="team-0", source="10.20.0.0/24")


def close(host):
    on(host, "Forwarding", bridge="db")


def twice(host):
    """A bridge with two subnets."""
    on(host, "Bridge", name="two", addresses=["10.70.0.1/24", "10.71.0.1/24"])
    on(host, "Forwarding", bridge="two", direct_access=True)


def once(host):
    on(host, "Bridge", name="two", addresses=["10.70.0.1/24"])


LED = {"led_to": ("10.20.0.2", 80)}
JUDGED = [
    ("withdrawn", flow(OUTSIDE[4], HOST[4], 8005, **LED), withdraw, ENDED),
    ("what others led elsewhere", flow(OUTSIDE[4], HOST[4], 8005, led_to=("172.17.0.2", 80)), withdraw, None),
    ("led to another container", flow(OUTSIDE[4], HOST[4], 8005, **LED), move, ENDED),
    ("another port", flow(OUTSIDE[4], HOST[4], 8006, **LED), move, None),
    ("not masqueraded any more", flow("10.20.0.2", OUTSIDE[4], 53, "udp", seen_as=HOST[4]), unmasqueraded, ANEW),
    ("settled as it is", flow("10.20.0.2", OUTSIDE[4]), unmasqueraded, None),
    ("of another network", flow("10.40.0.2", OUTSIDE[4], 53, "udp", seen_as=HOST[4]), unmasqueraded, None),
    ("closed", flow(OUTSIDE[4], "10.30.0.2"), close, ENDED),
    ("outward", flow("10.30.0.2", OUTSIDE[4], seen_as=HOST[4]), close, None),
    ("nobody's", flow(OUTSIDE[4], "203.0.113.9", 53, "udp"), close, None),
    ("of a subnet that is removed", flow("10.71.0.2", OUTSIDE[4]), once, ENDED),
    ("of the one that stays", flow("10.70.0.2", OUTSIDE[4]), once, None),
]


@pytest.mark.parametrize(("item", "change", "what"), [case[1:] for case in JUDGED], ids=[case[0] for case in JUDGED])
def test_what_becomes_of_a_flow(item, change, what):
    assert judged(item, change) == what


# As a kernel told of them: TCP and ICMP of IPv4, UDP and ICMP of IPv6.
BODIES = [
    "020000003400018014000180080001000a14000208000200c63364021c000280050001000600000006000200a37000000600030000500000"
    "340002801400018008000100c633640208000200c00002011c0002800500010006000000060002000050000006000300a370000008000300"
    "0000019e",
    "020000003c00018014000180080001000a14000208000200c633640224000280050001000100000006000400399200000500050008000000"
    "05000600000000003c0002801400018008000100c633640208000200c0000201240002800500010001000000060004003992000005000500"
    "0000000005000600000000000800030000000190",
    "0a0000004c0001802c00018014000300fd0000200000000000000000000000021400040020010db80002000000000000000000021c000280"
    "050001001100000006000200d056000006000300005000004c0002802c0001801400030020010db800020000000000000000000214000400"
    "20010db80001000000000000000000011c0002800500010011000000060002000050000006000300d0560000080003000000019a",
    "0a000000540001802c00018014000300fd0000200000000000000000000000021400040020010db800020000000000000000000224000280"
    "050001003a00000006000700399f000005000800800000000500090000000000540002802c0001801400030020010db80002000000000000"
    "000000021400040020010db800010000000000000000000124000280050001003a00000006000700399f0000050008008100000005000900"
    "00000000080003000000019a",
]
READ = [
    flow("10.20.0.2", OUTSIDE[4], seen_as=HOST[4])._replace(source_port=41840, seen_as_port=41840),
    flow("10.20.0.2", OUTSIDE[4], 8, "icmp", (OUTSIDE[4], None), HOST[4], answered=False),
    flow("fd00:20::2", OUTSIDE[6], 80, "udp", seen_as="2001:db8:1::1")._replace(source_port=53334, seen_as_port=53334),
    flow("fd00:20::2", OUTSIDE[6], 128, "ipv6-icmp", (OUTSIDE[6], None), "2001:db8:1::1"),
]


@pytest.mark.parametrize(("body", "wanted"), list(zip(BODIES, READ)), ids=["tcp", "icmp", "udp", "ipv6-icmp"])
def test_a_connection_is_read_at_a_look_and_attribute_by_attribute(body, wanted):
    packed = bytes.fromhex(body)
    for found in (tracked_connections.flow_of(packed), tracked_connections._read(packed)):
        if wanted.led_to_port is not None:
            assert found == wanted
        assert found._replace(source_port=0, seen_as_port=0) == wanted._replace(source_port=0, seen_as_port=0)
    assert not tracked_connections.is_in_a_zone(packed)


def test_flows_are_looked_at_only_where_a_rule_changes_or_an_address_goes():
    def looked_at(kind, **options):
        return [step for step in on(host, kind, **options).steps if isinstance(step, RedecideFlows)]

    host = rich_host()
    pair = {"netns": "box", "bridge": "web", "addresses": ["10.20.0.2/24", "fd00:20::2/64"], "name": "veth0"}
    on(host, "Netns", name="box")
    assert not looked_at("VethPair", **pair)
    assert not looked_at("Bridge", name="web", addresses=["10.20.0.1/24", "fd00:20::1/64"], mtu=1400)
    assert not looked_at("Forwarding", bridge="db", direct_access=True, host_access="none")
    assert [step.family for step in looked_at("PortPublish", host_port=7777, container_ip="10.20.0.2")] == [4]
    assert [step.family for step in looked_at("VethPair", **{**pair, "addresses": ["10.20.0.2/24"]})] == [6]
