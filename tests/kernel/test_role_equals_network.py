# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module network, and the modules of its parts with the lists of the filter `cards`, make the same host."""

from __future__ import annotations

import re

import yaml
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from networks_at_random import network
from pictures import of_host
from role_spec import ROOT

from ansible_collections.hostnet.containers.plugins.filter.cards import cards
from hosts import Host, snapshot

LISTS = {
    "netns": "namespaces",
    "bridge": "bridges",
    "forwarding": "bridges",
    "veth_pair": "pairs",
    "masquerade": "rules",
    "port_publish": "ports",
}
ROLE = yaml.safe_load((ROOT / "roles" / "bridge_network" / "vars" / "main.yml").read_text(encoding="utf-8"))
OWN_WORDS = re.compile(ROLE["__bridge_network_own_words"])
DB = {"name": "db", "subnets": ["10.30.0.0/24"]}


def engine_run(module, check=False, **options):
    """Run the engine in this process; return what the module of that name would."""
    from ansible_collections.hostnet.containers.plugins.module_utils.declare.module_options import (
        declaration_of,
        module_spec,
    )
    from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
    from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError
    from ansible_collections.hostnet.containers.plugins.module_utils.host import Host as RealHost
    from ansible_collections.hostnet.containers.plugins.module_utils.plan.engine import run
    from ansible_collections.hostnet.containers.plugins.module_utils.report.return_values import results
    from ansible_collections.hostnet.containers.plugins.module_utils.resources.network.cards import CARDS

    kind = {**CARDS, "network": Network}[module]
    params = {**dict.fromkeys(module_spec(kind)), "state": "present", **options}
    try:
        declaration = declaration_of(kind, params)
        with RealHost() as host:
            plan = run(declaration, host, check=check)
    except HostnetError as error:
        return {"failed": True, "msg": str(error)}
    return {"actions": plan.actions, "changed": plan.changed, "networks": results(plan, declaration)}


def by_network(options):
    """Make a network in one transaction; return the host, or why it was refused."""
    if options["name"] != DB["name"]:
        engine_run("network", **DB)
    done = engine_run("network", **options)
    return done["msg"] if done.get("failed") else of_host()


def by_cards(options):
    """Make it as the role does with `bridge_network_apply: modules`; return the same."""
    if options["name"] != DB["name"]:
        engine_run("network", **DB)
    foreseen = engine_run("network", check=True, **options)
    if foreseen.get("failed"):
        return foreseen["msg"]
    for _time in range(2):
        lists = cards(foreseen["networks"][0])
        for module, name in LISTS.items():
            done = engine_run(module, owner=options["name"], purge=True, **{name: lists[module]})
            assert not done.get("failed"), (module, done)
            assert not (_time and done["changed"]), (module, done)
        for item in lists["guests"]:
            done = engine_run("veth_pair", **item)
            assert not (done.get("failed") or _time and done["changed"]), done
        rest = engine_run("network", **options)
        left = [line for line in rest["actions"] if not OWN_WORDS.match(line)]
        assert not left, left
        assert not (_time and rest["changed"]), rest
    return of_host()


@st.composite
def declarations(draw):
    """One network, and what it was before, if anything."""
    found = []
    for _time in range(draw(st.integers(1, 2))):
        options = draw(network("web", fixed=False, further=draw(st.sampled_from([None, "db"]))))
        if draw(st.booleans()):
            options["forward_policy"] = draw(st.sampled_from(["keep", "drop"]))
        if draw(st.integers(0, 2)) == 0:
            del options["mtu"]
        found.append(options)
    return found


@examples(12)
@given(declarations())
def test_the_modules_of_its_parts_make_what_network_makes(declared):
    with Host() as one, Host() as other:
        for options in declared:
            whole, parts = one.python(by_network, options), other.python(by_cards, options)
            if isinstance(whole, str) or isinstance(parts, str):
                assert whole == parts
            else:
                assert snapshot.differences(whole, parts) == []


def test_cards_take_addresses_and_guards_as_network_chose_them(host):
    options = {**DB, "containers": [{"name": "a", "allowed_addresses": ["10.30.0.99"]}, {"name": "b"}]}
    lists = cards(host.module("network", check=True, **options)["networks"][0])
    assert [item["addresses"] for item in lists["veth_pair"]] == [["10.30.0.2/24"], ["10.30.0.3/24"]]
    assert [item["anti_spoof"] for item in lists["veth_pair"]] == [True, True]
    assert isinstance(host.python(by_cards, options), dict)


def test_containers_that_another_network_declares_follow_a_change_of_this_one():
    web = {"name": "web", "subnets": ["10.20.0.0/24"], "containers": [{"name": "a", "networks": ["db"]}, {"name": "b"}]}
    changed = {**DB, "mtu": 1400, "subnets": ["10.31.0.0/24"], "gateways": ["10.31.0.9"]}
    with Host() as one, Host() as other:
        for options in (web, changed):
            whole, parts = one.python(by_network, options), other.python(by_cards, options)
            assert snapshot.differences(whole, parts) == []


def test_a_namespace_of_others_stays_theirs(host):
    host.run("ip netns add theirs")
    options = {**DB, "containers": [{"name": "a", "netns": "theirs", "sysctls": {"net.core.somaxconn": 77}}]}
    assert cards(host.module("network", check=True, **options)["networks"][0])["netns"] == []
    assert isinstance(host.python(by_cards, options), dict)
