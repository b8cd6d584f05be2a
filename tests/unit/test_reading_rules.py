# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules under our mark are read back whatever stands in them: what is no declaration is passed over."""

from __future__ import annotations

import dataclasses

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.read_services import (
    port_key,
    read_services,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import Rule
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import parse
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.services import Services
from model.declaring import on
from model.rich import rich_host

WORDS = [
    *("port", "masquerade", "forwarding", "dns", "deny", "bridge", "restore", "web", "default", "tcp", "udp", "8080"),
    *("10.20.0.2:80", "[fd00::2]:80", "10.20.0.0/24", "fd00::/64", "8080-8090", "0.0.0.0/0", "x", "=", "", "::1%a"),
    *("bridge=web", "hairpin=no", "hairpin=maybe", "loopback=none", "loopback=evil", "owner=x", "isolate=yes"),
    *("to_source=x", "internal=no", "source=1", "forwarding=1", "policy=ACCEPT", "others=yes", "host_port=1", "a=b=c"),
]
OPTIONS = ["-s 10.0.0.0/8", "-d 10.20.0.1/32", "-s nonsense", "! -s 10.0.0.0/8", "-d fd00::1/128", "-p tcp", ""]
TARGETS = ["-j RETURN", "-j MASQUERADE", "-j DNAT --to-destination 10.20.0.2:80", "-g X", ""]


@st.composite
def rules(draw):
    comment = "hostnet " + " ".join(draw(st.lists(st.sampled_from(WORDS), max_size=7)))
    words = draw(st.sampled_from(OPTIONS)), '-m comment --comment "%s"' % comment, draw(st.sampled_from(TARGETS))
    return "-A HOSTNET-SNAT " + " ".join(word for word in words if word)


@pytest.mark.wide
@examples(300)
@given(st.lists(rules(), max_size=8))
def test_no_comment_makes_reading_fail(lines):
    text = "\n".join(["*nat", ":HOSTNET-SNAT - [0:0]", *lines, "COMMIT", ""])
    services = read_services({4: parse(text), 6: parse(text)})
    assert isinstance(services, Services)
    for line in lines:
        port_key(Rule(line[len("-A HOSTNET-SNAT ") :]))


@pytest.mark.wide
@examples(60)
@given(st.lists(rules(), max_size=4))
def test_a_run_replaces_what_it_does_not_understand(lines):
    host = rich_host()
    clean = dict(host.state.firewall)
    nat = host.state.firewall[4].table("nat")
    extra = tuple(Rule(line[len("-A HOSTNET-SNAT ") :]) for line in lines if "hostnet x" in line or "evil" in line)
    damaged = dataclasses.replace(nat, chains={**nat.chains, "HOSTNET-SNAT": (*nat.chains["HOSTNET-SNAT"], *extra)})
    host.state = dataclasses.replace(
        host.state, firewall={**host.state.firewall, 4: host.state.firewall[4].with_table("nat", damaged)}
    )
    on(host, "Bridge", name="web", addresses=["10.20.0.1/24", "fd00:20::1/64"])
    assert host.state.firewall == clean


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("-s 10.20.0.0/24 -d 0.0.0.0/0 -j RETURN", "-s 10.20.0.0/24 -j RETURN"),
        ("-s fd00::/64 -d ::/0 -j RETURN", "-s fd00::/64 -j RETURN"),
        ("-s ::102:300/120 -j MASQUERADE", "-s ::1.2.3.0/120 -j MASQUERADE"),
        ("-s 10.20.0.7/32 -j RETURN", "-s 10.20.0.7 -j RETURN"),
        ("-d ::1.2.3.4/128 -j RETURN", "-d ::102:304 -j RETURN"),
    ],
)
def test_a_rule_is_what_it_says_and_not_how_it_is_printed(written, printed):
    assert Rule(written) == Rule(printed)
    assert Rule(written) != Rule("! " + printed)
