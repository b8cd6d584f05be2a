# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What docs/packet-walk.md shows of a host is what a host does."""

from __future__ import annotations

import difflib
import re

import pytest
import yaml

from packet_walk.page import DOCS, PAGE, TEMPLATE, captured, tasks


@pytest.mark.parametrize("backend", ["nft", "legacy"])
def test_the_page_is_what_a_host_shows(backend):
    kept, found = PAGE.read_text(encoding="utf-8"), captured(backend)
    if found != kept:
        change = difflib.unified_diff(kept.splitlines(True), found.splitlines(True), "docs/packet-walk.md", "now", n=2)
        pytest.fail(
            "the page is not true any more. If that is meant, see whether the text in docs/%s still fits, "
            "and let `sudo make walk` write the page:\n%s" % (TEMPLATE.name, "".join(change)),
            pytrace=False,
        )


def test_its_network_is_that_of_the_readme():
    text = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    (play,) = yaml.safe_load(blocks(text)[0])
    (role,) = play["roles"]
    prefix = "bridge_network_"
    declared = {name[len(prefix) :]: value for name, value in role.items() if name.startswith(prefix)}
    module, options = next(tasks(blocks(TEMPLATE.read_text(encoding="utf-8"))[0]))
    assert (module, options) == ("network", declared)


def blocks(text):
    """The blocks of YAML in a page."""
    return re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
