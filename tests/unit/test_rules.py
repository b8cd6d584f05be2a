# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules are compared by what they say, whatever version or backend of iptables printed them."""

from __future__ import annotations

import functools
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import PortRange
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.nat_rules import port_branch
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import Rule, rule
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import parse
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.port_tree import LEAF, port_tree

SAME = [
    ("-d 10.0.0.2/32 -j DROP", "-d 10.0.0.2 -j DROP"),
    ("-d fd00::2/128 -j DROP", "-d fd00::2 -j DROP"),
    ("-p tcp -m tcp --dport 80 -j DROP", "-p tcp --dport 80 -j DROP"),
    ("-p 6 -m tcp --dport 80 -j DROP", "-p tcp -m tcp --dport 80 -j DROP"),
    ("-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"),
    ("-m comment --comment hostnet -j DROP", '-m comment --comment "hostnet" -j DROP'),
    ("-i web ! -o web -j DROP", "! -o web -i web -j DROP"),
    ("-p tcp --dport 61440:65535 -j X", "-p tcp --dport 61440: -j X"),
]
DIFFERENT = [
    ("-i web -o web -j DROP", "-i web ! -o web -j DROP"),
    ("! -i web -o web -j DROP", "-i web ! -o web -j DROP"),
    ("-d 10.0.0.0/24 -j DROP", "-d 10.0.0.0 -j DROP"),
    ("-d fd00::/32 -j DROP", "-d fd00:: -j DROP"),
    ("-s 10.0.0.2 -j DROP", "-d 10.0.0.2 -j DROP"),
    ("-p tcp --dport 80 -j DROP", "-p tcp --sport 80 -j DROP"),
    ("-j DNAT --to-destination 10.0.0.2:80", "-j DNAT --to-destination 10.0.0.2:81"),
    ('-m comment --comment "hostnet port a" -j DROP', '-m comment --comment "hostnet port b" -j DROP'),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_rule_in_other_words(one, other):
    assert Rule(one) == Rule(other)
    assert hash(Rule(one)) == hash(Rule(other))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_rule_in_similar_words(one, other):
    assert Rule(one) != Rule(other)


def test_a_rule_tells_its_parts():
    made = rule("-s 10.0.0.0/24", "! -o web", "-j MASQUERADE", comment="hostnet bridge web")
    assert made.comment == "hostnet bridge web"
    assert made.target == "MASQUERADE"
    assert made.option("-s") == "10.0.0.0/24"
    assert made.negates("-o")
    assert not made.negates("-s")
    assert made == Rule(made.text)


def test_a_comment_is_never_taken_for_a_jump():
    assert Rule('-m comment --comment "to -j HOSTNET-DNAT" -j DROP').target == "DROP"


def test_only_what_concerns_us_is_read():
    tables = parse(
        """# Generated
*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j HOSTNET-X
COMMIT
*filter
:INPUT DROP [1:2]
:FORWARD DROP [0:0]
:DOCKER-USER - [0:0]
:HOSTNET-FORWARD - [0:0]
[3:180] -A FORWARD -j DOCKER-USER
-A FORWARD -m comment --comment hostnet -j HOSTNET-FORWARD
[7:420] -A HOSTNET-FORWARD -i web -m comment --comment hostnet -j ACCEPT
-A DOCKER-USER -j RETURN
COMMIT
"""
    )
    found = tables.table("filter")
    assert set(found.chains) == {"FORWARD", "INPUT", "HOSTNET-FORWARD"}
    assert found.policies == {"FORWARD": "DROP", "INPUT": "DROP"}
    assert [item.counters for item in found.chains["HOSTNET-FORWARD"]] == ["[7:420]"]
    assert [item.target for item in found.chains["FORWARD"]] == ["DOCKER-USER", "HOSTNET-FORWARD"]
    assert set(tables.by_name) == {"filter"}


PORT_SETS = st.sets(st.integers(1, 65535), max_size=400)


def tree_of(protocol, entries):
    """The chains of one protocol, hung from the chain ROOT."""
    return port_tree("ROOT", entries, functools.partial(port_branch, protocol))


def entries_of(numbers):
    return [(PortRange(number, number), rule("--dport %d" % number, "-j DNAT")) for number in sorted(numbers)]


def walked(chains, port):
    """Return the rules that a packet to a port meets before it matches, and whether it matched."""
    met, chain = 0, "ROOT"
    position = 0
    while position < len(chains[chain]):
        item = chains[chain][position]
        position += 1
        met += 1
        first, _colon, last = item.option("--dport").partition(":")
        if int(first) <= port <= int(last or first):
            if item.target == "DNAT":
                return met, True
            chain, position = item.target, 0
    return met, False


@given(PORT_SETS)
def test_every_port_is_found_in_the_tree_and_no_other(numbers):
    chains = tree_of("tcp", entries_of(numbers))
    for port in [*sorted(numbers)[:50], 1, 65535]:
        assert walked(chains, port)[1] == (port in numbers)
    assert all(len(name) <= 28 for name in chains)


def test_the_cost_of_a_connection_is_flat():
    chains = tree_of("tcp", entries_of(range(10000, 20000)))
    assert max(walked(chains, port)[0] for port in range(10000, 20000, 7)) <= 3 * 16 + LEAF


@given(PORT_SETS, st.integers(1, 65535))
def test_a_new_port_changes_few_chains(numbers, port):
    before = tree_of("tcp", entries_of(numbers - {port}))
    after = tree_of("tcp", entries_of(numbers | {port}))
    changed = [name for name in after if after[name] != before.get(name)]
    rewritten = sum(len(after[name]) for name in changed)
    assert rewritten <= 4 * (LEAF + 16) + 16


def test_ranges_that_cross_a_boundary_are_found_on_both_sides():
    numbers = entries_of(range(4000, 4096)) + [(PortRange(4090, 4100), rule("--dport 4090:4100", "-j DNAT"))]
    chains = tree_of("udp", sorted(numbers, key=lambda entry: entry[0]))
    assert walked(chains, 4100)[1]
    assert walked(chains, 4090)[1]
    assert not walked(chains, 4101)[1]


@given(st.ip_addresses(v=4))
def test_addresses_are_written_as_the_kernel_prints_them(ip):
    assert Rule("-d %s -j DROP" % ip) == Rule("-d %s/32 -j DROP" % ipaddress.ip_address(int(ip)))
