# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules on frames: written in one transaction, and compared by value with what each version of nft lists.

The listings were recorded by tests/support/record_nftables.py, from Debian 11 (0.9.8), 12 (1.0.6) and 13 (1.1.3).
"""

from __future__ import annotations

import copy
import dataclasses
import ipaddress
import json
import pathlib

import pytest

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.nftables.bridge_table import (
    read_bridge_table,
    table_text,
)
from ansible_collections.hostnet.containers.plugins.module_utils.state.bridge_table import BridgeTable, guard
from model.bridge_tables import RICH

FOLDER = pathlib.Path(__file__).parent / "nftables_versions"
RECORDED = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.json"))}
EACH = pytest.mark.parametrize("version", RECORDED)
ONE = guard("02:42:0a:14:00:02", [ipaddress.ip_address("10.20.0.2")])
TWO = guard("02:42:0a:14:00:03", [ipaddress.ip_address("10.20.0.3")])


def table(**guards):
    return BridgeTable(ports=frozenset(guards), guards=guards)


def test_three_versions_were_recorded():
    assert list(RECORDED) == ["0.9.8", "1.0.6", "1.1.3"]


@EACH
def test_what_is_listed_is_what_was_written(version):
    found = read_bridge_table(RECORDED[version])
    assert found == RICH
    assert table_text(found, RICH) == table_text(RICH, found) == ""


def changed(version, change):
    """The table as it is read after somebody changed the listing."""
    told = json.loads(RECORDED[version])
    items = told["nftables"]
    change([next(iter(item.values())) for item in items], items)
    return read_bridge_table(json.dumps(told))


def rules(told, chain):
    return [item for item in told if item.get("chain") == chain]


def accepted(told, _items):
    """The last word of a guard, the same number of rules."""
    rules(told, "port-veth2")[-1]["expr"] = [{"accept": None}]


def first_accepted(told, _items):
    """The same comment."""
    rules(told, "port-veth2")[0]["expr"][-1] = {"accept": None}


def reordered(told, _items):
    found = rules(told, "port-veth2")
    found[2]["expr"], found[-1]["expr"] = found[-1]["expr"], found[2]["expr"]


def counted(told, _items):
    rules(told, "port-veth2")[0]["expr"].insert(0, {"counter": {"packets": 0, "bytes": 0}})


def widened(told, _items):
    for item in rules(told, "port-veth2"):
        for part in item["expr"]:
            if part.get("match", {}).get("left") == {"payload": {"protocol": "arp", "field": "saddr ip"}}:
                part["match"]["right"] = {"prefix": {"addr": "10.0.0.0", "len": 8}}


@EACH
@pytest.mark.parametrize("change", [accepted, first_accepted, reordered, counted, widened])
def test_a_guard_that_somebody_changed_is_written_anew(version, change):
    found = changed(version, change)
    assert found.intact
    assert not found.guards["veth2"].intact
    assert {name for name in RICH.guards if found.guards[name] != RICH.guards[name]} == {"veth2"}
    text = table_text(found, RICH)
    assert "flush chain bridge hostnet port-veth2" in text
    assert "delete table" not in text
    assert "port-veth1" not in text


def of_kind(told, name):
    return next(item for item in told if item.get("name") == name)


TAMPERED = {
    "another hook": lambda told, items: of_kind(told, "prerouting").update(hook="input"),
    "a later priority": lambda told, items: of_kind(told, "forward").update(prio=300),
    "another policy": lambda told, items: of_kind(told, "prerouting").update(policy="drop"),
    "no hook": lambda told, items: of_kind(told, "forward").pop("hook"),
    "dormant": lambda told, items: told[1].update(flags="dormant"),
    "a rule of the bridge": lambda told, items: rules(told, "prerouting")[0].update(expr=[{"accept": None}]),
    "a rule for all guards": lambda told, items: rules(told, "refused")[0].update(expr=[{"accept": None}]),
    "a rule more": lambda told, items: items.append({"rule": dict(rules(told, "forward")[0], expr=[{"accept": None}])}),
    "a rule less": lambda told, items: items.remove({"rule": rules(told, "forward")[0]}),
    "a chain more": lambda told, items: items.append({"chain": {"name": "mine", "table": "hostnet"}}),
    "another way": lambda told, items: of_kind(told, "guarded")["elem"][0].__setitem__(1, {"accept": None}),
    "a timeout": lambda told, items: of_kind(told, "apart").update(timeout=60),
    "an object": lambda told, items: items.append({"counter": {"name": "mine"}}),
    "an element of another form": lambda told, items: of_kind(told, "ports")["elem"].append({"elem": {"val": "veth9"}}),
    "one port behind another": lambda told, items: of_kind(told, "reflecting")["elem"][0].update(concat=["a", "b"]),
}


@EACH
@pytest.mark.parametrize("change", TAMPERED)
def test_a_table_that_somebody_changed_is_written_anew(version, change):
    found = changed(version, TAMPERED[change])
    assert not found.intact
    text = table_text(found, RICH)
    assert text == table_text(BridgeTable(), RICH)
    assert text.startswith("add table bridge hostnet\ndelete table bridge hostnet\n")


@EACH
@pytest.mark.parametrize("kind", ["ports", "apart"])
def test_a_port_that_was_taken_out_is_put_back(version, kind):
    found = changed(version, lambda told, items: of_kind(told, kind)["elem"].remove("veth2"))
    assert table_text(found, RICH) == 'add element bridge hostnet %s { "veth2" }\n' % kind


@EACH
def test_what_tells_the_same_in_other_words_is_the_same(version):
    def change(told, _items):
        for item in told:
            item.pop("comment", None) if item.get("comment") == "hostnet guard" else None
            for part in item.get("expr", ()):
                right = part.get("match", {}).get("right")
                if isinstance(right, str) and right.startswith("10."):
                    part["match"]["right"] = {"set": [{"range": [right, right]}]}

    assert changed(version, change) == RICH


def test_many_guards_are_set_by_one_text():
    text = table_text(BridgeTable(), table(veth1=ONE, veth2=TWO))
    assert text.count("delete table bridge hostnet") == 1
    assert 'guarded { "veth1" : jump port-veth1 }' in text
    assert 'guarded { "veth2" : jump port-veth2 }' in text


def test_the_last_ports_take_the_table_with_them():
    text = table_text(table(veth1=ONE, veth2=TWO), BridgeTable())
    assert text == "add table bridge hostnet\ndelete table bridge hostnet\n"


def test_one_of_two_guards_goes_alone():
    text = table_text(table(veth1=ONE, veth2=TWO), table(veth2=TWO))
    assert "delete table" not in text
    assert "port-veth2" not in text
    assert "delete chain bridge hostnet port-veth1" in text


def test_one_may_go_while_another_comes():
    text = table_text(table(veth1=ONE), table(veth2=TWO))
    assert "delete chain bridge hostnet port-veth1" in text
    assert "add chain bridge hostnet port-veth2" in text
    assert "delete table" not in text


def test_what_is_as_it_shall_be_needs_no_text():
    assert table_text(RICH, copy.deepcopy(RICH)) == ""
    assert table_text(BridgeTable(), BridgeTable()) == ""


def test_a_guard_follows_its_container():
    moved = dataclasses.replace(ONE, mac="02:42:0a:14:00:99")
    text = table_text(table(veth1=ONE), table(veth1=moved))
    assert "ether saddr != 02:42:0a:14:00:99 drop" in text
    assert "02:42:0a:14:00:02" not in text
