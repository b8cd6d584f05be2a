# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The comparison in the documentation names tests that exist, and leaves out no numbered one."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KERNEL = ROOT / "tests" / "kernel"
NAMED = set(re.findall(r"`(\w+)::(test_\w+)`", (ROOT / "docs" / "comparison.md").read_text(encoding="utf-8")))


def names_in(path):
    """Names of the test functions of a file."""
    return set(re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_test_that_is_named_exists():
    missing = []
    for file, name in sorted(NAMED):
        path = KERNEL / "catalogue" / ("test_%s.py" % file)
        path = path if path.exists() else KERNEL / ("test_%s.py" % file)
        if not path.exists() or name not in names_in(path):
            missing.append("%s::%s" % (file, name))
    assert NAMED
    assert missing == []


def test_every_number_of_the_catalogue_is_named():
    in_tests = {
        number
        for path in (KERNEL / "catalogue").glob("test_*.py")
        for name in names_in(path)
        for number in re.findall(r"(?<=_)\d+(?=_)", name.partition("_asked_")[0] + "_")
    }
    named = {number for _file, name in NAMED for number in re.findall(r"(?<=_)\d+(?=_)", name)}
    assert in_tests
    assert in_tests - named == set()
