# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation says of security names the tests that prove it, and they exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
FOLDERS = ("kernel/catalogue", "kernel", "unit")


def names_of(file):
    """Names of the test functions of the files of a name."""
    paths = (ROOT / "tests" / folder / ("test_%s.py" % file) for folder in FOLDERS)
    texts = [path.read_text(encoding="utf-8") for path in paths if path.exists()]
    return {name for text in texts for name in re.findall(r"^def (test_\w+)\(", text, re.MULTILINE)}


def test_every_test_that_is_named_exists():
    named = re.findall(r"`(\w+)::(test_\w+)`", TEXT)
    assert named
    assert ["%s::%s" % (file, name) for file, name in named if name not in names_of(file)] == []


def test_every_wall_names_its_proof():
    """A row of a table whose last column is the proof has one."""
    tables = re.findall(r"^\|[^\n]*\| Proof \|\n\|[-|]+\|\n((?:\|[^\n]*\n)+)", TEXT, re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    assert rows
    assert [row for row in rows if not re.search(r"\| `\w+::test_\w+`[^|]* \|$", row)] == []
