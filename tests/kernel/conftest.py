# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for tests on the real kernel."""

from __future__ import annotations

import os

import crowd
import pytest

from hosts import Host, Lab


def pytest_collection_modifyitems(config, items):
    """Refuse to start without root: skipped tests would look like passed ones in a long log."""
    if items and os.geteuid() != 0:
        raise pytest.UsageError("tests/kernel makes network namespaces: run it as root")
    if config.getoption("crowd"):
        items[:] = items[:: config.getoption("crowd")]


@pytest.fixture
def host(iptables_backend, request):
    """A fresh host, alone."""
    with Host(iptables_backend) as fresh:
        _settled(request, fresh)
        yield fresh


@pytest.fixture
def lab(iptables_backend, request):
    """A fresh host with a LAN neighbour, and a server on the internet beyond."""
    with Lab(iptables_backend) as fresh:
        _settled(request, fresh.host)
        yield fresh


def _settled(request, host):
    if request.config.getoption("crowd"):
        host.python(crowd.settle)
    host.remember()
