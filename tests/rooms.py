# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rooms of the engine, and which imports from which: read from the source, and drawn for docs/design.md."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "plugins" / "module_utils"
DESIGN = ROOT / "docs" / "design.md"
PACKAGE = "ansible_collections.hostnet.containers.plugins.module_utils"
_BLOCK = re.compile(r"(?<=<!-- rooms -->\n```mermaid\n).*?(?=```\n)", re.DOTALL)


def files(folder=ENGINE):
    """Dict from the dotted name of each file of the engine to its syntax tree."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        name = ".".join(path.relative_to(folder).with_suffix("").parts)
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


def diagram():
    """Return the rooms as a Mermaid graph, an arrow from each to those it imports from.

    An arrow to a room that is also reached by way of another is left out, or all would point at the lowest ones.
    """
    below = _rooms_below()
    lines = ["flowchart TD"]
    order = TopologicalSorter({room: sorted(others) for room, others in sorted(below.items())}).static_order()
    for room in reversed(list(order)):
        others = below[room]
        far = {further for other in others for further in _reached(below, other)}
        lines += ["    %s --> %s" % (room, other) for other in sorted(others - far)]
    return "\n".join(lines) + "\n"


def with_diagram(text):
    """Return a page with the graph that is marked as that of the rooms replaced by the one of today."""
    replaced, count = _BLOCK.subn(lambda _match: diagram(), text)
    if count != 1:
        raise ValueError("there is no block of Mermaid below <!-- rooms -->")
    return replaced


def _rooms_below():
    modules = files(ROOT / "plugins" / "modules").values()
    below = {"modules": {room_of(target) for tree in modules for target in imports_of(tree)}}
    for name, tree in FILES.items():
        below.setdefault(room_of(name), set()).update(room_of(target) for target in imports_of(tree))
    return {room: others - {room} for room, others in below.items()}


def _reached(below, room):
    found = set()
    for other in below[room]:
        found |= {other} | _reached(below, other)
    return found
