# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each room of the engine imports only from the rooms below it, and no two files import each other."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter

import pytest

from rooms import DESIGN, FILES, imports_of, room_of, with_diagram

# From a room to those that it may import from, beside itself.
VALUES = {"errors", "declare", "state"}
ADAPTER_VALUES = VALUES | {"programs", "files", "firewall"}
BELOW = {
    "errors": set(),
    "programs": set(),
    "plain_files": {"errors"},
    "declare": {"errors"},
    "state": {"errors", "declare"},
    "files": VALUES | {"plain_files"},
    "firewall": VALUES | {"programs", "plain_files"},
    "systemd": VALUES | {"programs", "files", "plain_files"},
    "steps": ADAPTER_VALUES,
    "kernel": VALUES | {"steps", "plain_files"},
    "resources": ADAPTER_VALUES | {"systemd", "steps"},
    "plan": ADAPTER_VALUES | {"systemd", "steps", "resources", "plain_files"},
    "report": ADAPTER_VALUES | {"systemd", "steps", "resources", "plan"},
    "host": ADAPTER_VALUES | {"systemd", "steps", "kernel"},
    "restore": VALUES | {"host", "plan"},
    "ansible_module": VALUES | {"host", "plan", "report"},
}
ROOTLESS = {"declare", "state", "steps", "plan", "resources", "report", "errors"}
SYSTEM = {"socket", "subprocess", "ctypes", "fcntl", "pyroute2", "shutil", "tempfile", "glob"}


def test_every_room_is_known():
    assert {room_of(name) for name in FILES} == set(BELOW)


@pytest.mark.parametrize("room", sorted(BELOW))
def test_a_room_imports_only_from_rooms_below(room):
    turned_round = [
        "%s imports %s" % (name, target)
        for name, tree in FILES.items()
        for target in imports_of(tree)
        if room_of(name) == room and room_of(target) not in BELOW[room] | {room}
    ]
    assert turned_round == []


def test_no_files_import_each_other_in_a_circle():
    graph = {name: set(imports_of(tree)) - {name} for name, tree in FILES.items()}
    assert list(TopologicalSorter(graph).static_order())


def test_only_the_top_knows_ansible():
    knowing = {
        name
        for name, tree in FILES.items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.ImportFrom, ast.Import))
        for module in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        if module == "ansible" or module.startswith("ansible.")
    }
    assert knowing == {"ansible_module"}


def test_only_adapters_touch_the_system():
    touching = {
        (name, module)
        for name, tree in FILES.items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.ImportFrom, ast.Import))
        for module in [(getattr(node, "module", None) or "").partition(".")[0], *(alias.name for alias in node.names)]
        if room_of(name) in ROOTLESS and module in SYSTEM
    }
    assert touching == {("plan.lock", "fcntl")}


def test_the_diagram_of_the_rooms_is_drawn_from_the_imports():
    text = DESIGN.read_text(encoding="utf-8")
    assert with_diagram(text) == text, "`make golden` draws it anew in docs/design.md"
