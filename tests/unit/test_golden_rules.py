# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of every combination of options are those of the files in golden_rules, where a review sees them change."""

from __future__ import annotations

import dataclasses
import difflib
import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding
from ansible_collections.hostnet.containers.plugins.module_utils.declare.masquerade import Masquerade
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish
from golden.scene import RuleTable
from golden.scenes import SCENES
from golden.text import text_of

FOLDER = Path(__file__).parent / "golden_rules"


@pytest.mark.parametrize("name", SCENES)
def test_the_rules_of_every_combination_are_those_on_file(name, request):
    path = FOLDER / (name + ".txt")
    table = RuleTable(SCENES[name], SCENES[name].found())
    for combination, sections in table.found.items():
        assert table.content(combination) == sections, dict(zip(table.scene.words, combination))
    text = text_of(table)
    if request.config.getoption("update_golden"):
        path.write_text(text, encoding="ascii")
        return
    kept = path.read_text(encoding="ascii") if path.exists() else ""
    if text != kept:
        change = "".join(difflib.unified_diff(kept.splitlines(True), text.splitlines(True), "on file", "now", n=2))
        pytest.fail(
            "rules changed. If they were meant to, `make golden` rewrites %s:\n%s"
            % (path.relative_to(FOLDER.parents[2]), change),
            pytrace=False,
        )


def test_every_file_is_that_of_a_scene():
    assert {path.name for path in FOLDER.iterdir()} == {name + ".txt" for name in SCENES}


@pytest.mark.parametrize("kind", [Forwarding, Masquerade, PortPublish])
def test_every_option_that_changes_rules_is_tried_with_more_than_one_value(kind):
    options = [field.name for field in dataclasses.fields(kind) if "spec" in field.metadata]
    tried = {name: set() for name in options}
    for scene in SCENES.values():
        for values in itertools.product(*(choices.values() for choices in scene.options.values())):
            for name, given_options in scene.declared(**dict(zip(scene.options, values))):
                if name == kind.__name__:
                    for option, found in tried.items():
                        found.add(repr(given_options.get(option)))
    missing = [name for name in options if len(tried[name]) < 2]
    if missing:
        where = "to a scene in tests/unit/golden/scenes.py, as its last option; then `make golden`"
        pytest.fail("add %s of %s %s" % (", ".join(missing), kind.__name__, where), pytrace=False)


OPTIONS = {"a": ("no", "yes"), "b": ("none", "on", "fixed"), "c": ("yes", "no")}
LINES = st.lists(st.sampled_from(["one", "two", "three", "four"]), max_size=5).map(tuple)
CONTENTS = st.dictionaries(st.sampled_from(["raw X", "nat Y", "filter Z"]), LINES)


@settings(max_examples=60, deadline=None)
@given(st.fixed_dictionaries({words: CONTENTS for words in itertools.product(*OPTIONS.values())}))
def test_whatever_lines_there_are_a_table_holds_them_all(found):
    scene = dataclasses.replace(SCENES["network"], options={name: dict.fromkeys(OPTIONS[name]) for name in OPTIONS})
    found = {(family, *words): content for words, content in found.items() for family in ("IPv4", "IPv6")}
    table = RuleTable(scene, found)
    for combination, sections in found.items():
        assert table.content(combination) == sections
    assert "family=" not in text_of(table)
