# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the catalogue's tests share: a lab for tests that change one, and two networks for tests that only look."""

from __future__ import annotations

import pytest
from networks import DB, FAMILIES, WEB, make, publish

from hosts import Lab


def pytest_generate_tests(metafunc):
    """Every test that knows of a family runs for both."""
    if "family" in metafunc.fixturenames:
        metafunc.parametrize("family", FAMILIES, ids=["ipv4", "ipv6"])


@pytest.fixture(scope="module")
def networks(iptables_backend):
    """Networks `web` (containers a, b) and `db` (c), made once for all tests of a file.

    Port 80 of each container answers with its letter, over tcp and udp; a is published on 8080, c on 8082.
    """
    with Lab(iptables_backend) as lab:
        lab.a, lab.b = make(lab.host, WEB, ["a", "b"])
        (lab.c,) = make(lab.host, DB, ["c"])
        for name in "abc":
            getattr(lab, name).serve_tcp(80, name)
            getattr(lab, name).serve_udp(80, name)
        for protocol in ("tcp", "udp"):
            publish(lab.host, WEB, 2, protocol=protocol)
            publish(lab.host, DB, 2, 8082, protocol=protocol)
        yield lab
