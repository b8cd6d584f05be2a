# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every test of this collection has at hand."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# Continuous integration judges a change, not the luck of the draw: there, the same examples are tried each time.
# How long an example takes says more about what else the machine does than about the code.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_addoption(parser):
    """Add the options that choose how throw-away hosts are made, and that renew what tests compare with."""
    parser.addoption(
        "--iptables",
        choices=("nft", "legacy", "both"),
        help="backend of iptables inside throw-away hosts (default: both for the catalogue of behaviour, else nft)",
    )
    parser.addoption(
        "--crowd",
        type=int,
        metavar="N",
        help="put what other programs may have on each host of a fixture, and run of every N tests one",
    )
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the rules as they are now to tests/unit/golden_rules, for `git diff` to show what changed",
    )


def pytest_generate_tests(metafunc):
    """Run each test that uses a host once for each backend asked for."""
    if "iptables_backend" in metafunc.fixturenames:
        in_catalogue = metafunc.definition.path.parent.name == "catalogue"
        chosen = metafunc.config.getoption("iptables") or ("both" if in_catalogue else "nft")
        backends = ("nft", "legacy") if chosen == "both" else (chosen,)
        metafunc.parametrize("iptables_backend", backends, scope="module")


@pytest.fixture(scope="module")
def iptables_backend():
    """The backend that hosts of this test use; replaced by pytest_generate_tests."""
    return "nft"
