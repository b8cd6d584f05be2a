# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action groups of meta/runtime.yml hold the modules that their defaults are meant for."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
GROUPS = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]
MODULES = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "plugins" / "modules").glob("*.py")}


def test_all_holds_every_module():
    assert GROUPS["all"] == sorted(MODULES)


def test_cards_holds_the_modules_that_have_an_owner():
    assert GROUPS["cards"] == sorted(name for name, text in MODULES.items() if "_common.owned" in text)
