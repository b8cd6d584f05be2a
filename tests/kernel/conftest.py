# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for tests on the real kernel."""

from __future__ import annotations

import os

import pytest

from hosts import Host, Lab


def pytest_collection_modifyitems(items):
    """Refuse to start without root: skipped tests would look like passed ones in a long log."""
    if items and os.geteuid() != 0:
        raise pytest.UsageError("tests/kernel makes network namespaces: run it as root")


@pytest.fixture
def host(iptables_backend):
    """A fresh host, alone."""
    with Host(iptables_backend) as fresh:
        fresh.remember()
        yield fresh


@pytest.fixture
def lab(iptables_backend):
    """A fresh host with a LAN neighbour, and a server on the internet beyond."""
    with Lab(iptables_backend) as fresh:
        fresh.host.remember()
        yield fresh
