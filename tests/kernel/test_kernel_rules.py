# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel adapter: rules of routing by source, and routes of other tables than the main one."""

from __future__ import annotations

import dataclasses

import pytest
from kernel_steps import container, ip, observed, performed, refusal, route

from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import Rule
from ansible_collections.hostnet.containers.plugins.module_utils.steps.routes import (
    AddRoute,
    AddRule,
    RemoveRoute,
    RemoveRule,
)

RULES = (
    Rule(ip("10.20.0.2"), 2000),
    Rule(ip("10.20.0.3"), 4000000000),
    Rule(ip("fd00:20::2"), 2000),
)


def in_table(number, *arguments, **options):
    return dataclasses.replace(route(*arguments, **options), table=number)


def box(host):
    return host.python(observed).namespaces["box"]


def test_rules_are_read_as_they_were_added_and_bear_our_mark(host):
    added = [AddRule("box", rule) for rule in RULES]
    assert host.python(performed, container() + added).namespaces["box"].rules == RULES
    shown = host.run("ip -n box -d rule show").stdout + host.run("ip -n box -6 -d rule show").stdout
    lines = [line for line in shown.splitlines() if "20000:" in line]
    assert len(lines) == 3
    assert all("proto 104" in line for line in lines)
    assert host.python(performed, [RemoveRule("box", rule) for rule in RULES]).namespaces["box"].rules == ()
    assert "20000:" not in host.run("ip -n box rule show").stdout


def test_a_rule_that_is_there_or_gone_is_no_failure(host):
    add, remove = AddRule("box", RULES[0]), RemoveRule("box", RULES[0])
    assert host.python(performed, [*container(), add, add]).namespaces["box"].rules == RULES[:1]
    assert host.python(performed, [remove, remove]).namespaces["box"].rules == ()


@pytest.mark.parametrize(
    "foreign", ["from 10.20.0.2 lookup 2000", "from 10.20.0.0/24 lookup 2000 protocol 104", "to 10.20.0.2 lookup 2000"]
)
def test_rules_of_others_and_such_that_we_do_not_make_are_not_seen(host, foreign):
    host.python(performed, container())
    host.run("ip -n box rule add %s" % foreign)
    assert box(host).rules == ()
    host.python(performed, [AddRule("box", RULES[0]), RemoveRule("box", RULES[0])])
    assert foreign.split(" protocol")[0] in host.run("ip -n box rule show").stdout


def test_routes_of_several_tables_stand_side_by_side(host):
    wanted = (
        route("0.0.0.0/0", via="10.20.0.1"),
        in_table(2000, "0.0.0.0/0", via="10.20.0.1"),
        in_table(2000, "10.20.0.0/24"),
        in_table(70000, "0.0.0.0/0", via="10.20.0.1", metric=7),
        route("::/0", via="fd00:20::1", metric=2001),
        in_table(2000, "::/0", via="fd00:20::1"),
        in_table(2000, "fd00:20::/64"),
    )
    added = [AddRoute("box", "eth0", item) for item in wanted]
    assert host.python(performed, container() + added).namespaces["box"].routes == {"eth0": wanted}
    assert host.python(performed, added).namespaces["box"].routes == {"eth0": wanted}
    gone = [RemoveRoute("box", "eth0", item) for item in wanted if item.table is None]
    assert host.python(performed, gone).namespaces["box"].routes == {
        "eth0": tuple(item for item in wanted if item.table is not None)
    }


def test_a_route_of_others_in_the_same_table_is_named_and_one_in_another_does_not_matter(host):
    host.python(performed, container())
    host.run("ip -n box route add default via 10.20.0.1 table 2000")
    host.run("ip -n box route add default via 10.20.0.1 table 99")
    clash = AddRoute("box", "eth0", in_table(2000, "0.0.0.0/0", via="10.20.0.1"))
    assert "somebody else" in host.python(refusal, clash)
    host.python(performed, [AddRoute("box", "eth0", route("0.0.0.0/0", via="10.20.0.1"))])
    assert len(host.run("ip -n box route show table all default").stdout.splitlines()) >= 3
