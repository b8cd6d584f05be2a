# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each version and backend of iptables prints of our rules is read as the rules that were written.

The texts were recorded by tests/support/record_iptables.py, from Debian 11 (1.8.7), 12 (1.8.9) and 13 (1.8.11).
"""

from __future__ import annotations

import itertools
import pathlib

import pytest

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.read_services import read_services
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.restore_text import restore_text
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import Tables, parse
from model.restore import restored
from model.rich import rich_host

FOLDER = pathlib.Path(__file__).parent / "iptables_versions"
WRITTEN = {family: restored(Tables(), (FOLDER / ("written-%d.txt" % family)).read_text()) for family in (4, 6)}
RECORDED = sorted({path.name[: -len("-4.txt")] for path in FOLDER.glob("1.*-4.txt")})


def printed(name):
    """What a version with a backend printed, of both families."""
    return {family: parse((FOLDER / ("%s-%d.txt" % (name, family))).read_text()) for family in (4, 6)}


def words(tables):
    """All options, matches and targets in the rules of some tables."""
    rules = [rule for table in tables.by_name.values() for chain in table.chains.values() for rule in chain]
    found = {(negated, option) for rule in rules for negated, option, _values in rule.value}
    return found | {word for rule in rules for word in rule.text.split() if word.isupper()}


def test_three_versions_with_two_backends_were_recorded():
    programs = itertools.product(("1.8.11", "1.8.7", "1.8.9"), ("legacy", "nft"))
    assert ["-".join(program) for program in programs] == RECORDED


@pytest.mark.parametrize("family", [4, 6])
def test_every_kind_of_rule_that_we_write_was_recorded(family):
    host = rich_host()
    assert words(host.state.firewall[family]) <= words(WRITTEN[family])


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("family", [4, 6])
def test_what_is_printed_is_what_was_written(name, family):
    tables = printed(name)[family]
    assert tables == WRITTEN[family]
    assert restore_text(tables, WRITTEN[family]) == ""
    assert restore_text(WRITTEN[family], tables) == ""


@pytest.mark.parametrize("name", RECORDED)
def test_the_same_services_are_read_back(name):
    services = read_services(printed(name))
    assert services == read_services(WRITTEN)
    assert len(services.ports) > 50
    assert len(services.masquerades) == 8
    assert sum(len(policy.deny_destinations) for policy in services.policies.values()) == 6


def test_a_rule_that_differs_is_noticed_in_every_version():
    for name in RECORDED:
        text = (FOLDER / (name + "-4.txt")).read_text()
        for old, new in (
            ("--to-destination 10.20.0.2:8443", "--to-destination 10.20.0.2:8444"),
            ("! -d 224.0.0.0/4 ! -o web", "! -d 224.0.0.0/4 -o web"),
            (":FORWARD DROP", ":FORWARD ACCEPT"),
            ("-s 203.0.113.0/24", "-s 203.0.113.0/25"),
        ):
            assert old in text
            assert parse(text.replace(old, new)) != WRITTEN[4]
