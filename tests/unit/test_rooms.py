# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each room of the engine imports only from the rooms below it, and no two files import each other."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ENGINE = Path(__file__).resolve().parents[2] / "plugins" / "module_utils"
PACKAGE = "ansible_collections.hostnet.containers.plugins.module_utils"

# From a room to those that it may import from, beside itself.
VALUES = {"errors", "declare", "state"}
ADAPTER_VALUES = VALUES | {"programs", "files", "firewall"}
BELOW = {
    "errors": set(),
    "programs": set(),
    "declare": {"errors"},
    "state": {"errors", "declare"},
    "files": VALUES,
    "firewall": VALUES | {"programs"},
    "systemd": VALUES | {"programs", "files"},
    "steps": ADAPTER_VALUES,
    "kernel": VALUES | {"steps"},
    "resources": ADAPTER_VALUES | {"systemd", "steps"},
    "plan": ADAPTER_VALUES | {"systemd", "steps", "resources"},
    "report": ADAPTER_VALUES | {"systemd", "steps", "resources", "plan"},
    "host": ADAPTER_VALUES | {"systemd", "steps", "kernel"},
    "ansible_module": VALUES | {"host", "plan", "report"},
}
ROOTLESS = {"declare", "state", "steps", "plan", "resources", "report", "errors"}
SYSTEM = {"socket", "subprocess", "ctypes", "fcntl", "pyroute2", "shutil", "tempfile", "glob"}


def files():
    """Dict from the dotted name of each file of the engine to its syntax tree."""
    found = {}
    for path in sorted(ENGINE.rglob("*.py")):
        name = ".".join(path.relative_to(ENGINE).with_suffix("").parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


FILES = files()


def imports_of(tree):
    """Names of the files of the engine that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            module = node.module[len(PACKAGE) + 1 :]
            for alias in node.names:
                deeper = "%s.%s" % (module, alias.name) if module else alias.name
                yield deeper if deeper in FILES else module


def room_of(name):
    """The room of a file: its folder right below the engine, or the file itself."""
    return name.partition(".")[0]


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
