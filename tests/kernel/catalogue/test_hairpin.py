# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scenarios 5 to 11: containers reach published ports by addresses of the host.

Each holds whether or not bridged packets pass the firewall (``br_netfilter``), for which the kernel then takes
another way.
"""

from __future__ import annotations

import pytest
from networks import DB, HOST_OF, WEB
from talk import refuses

PROTO = pytest.mark.parametrize("proto", ["tcp", "udp"])
WAYS = pytest.mark.parametrize("way", ["lan", "own gateway", "other gateway"])


@pytest.fixture(params=[0, 1], ids=["", "bridged packets filtered"], autouse=True)
def _bridged_packets(request, networks):
    filter_bridged(networks.host, request.param)


def filter_bridged(host, value):
    """Set whether bridged packets of both families pass the firewall."""
    for name in ("iptables", "ip6tables"):
        host.run(["sysctl", "-q", "net.bridge.bridge-nf-call-%s=%d" % (name, value)])


def by(family, way):
    """An address of the host, as containers of the network `web` see it."""
    return {"lan": HOST_OF[family], "own gateway": WEB.gateway(family), "other gateway": DB.gateway(family)}[way]


@PROTO
@WAYS
def test_05_a_container_reaches_its_own_published_port(networks, family, proto, way):
    assert networks.a.ask(by(family, way), 8080, proto).reply == "a"


@PROTO
@WAYS
def test_06_a_sibling_reaches_a_published_port(networks, family, proto, way):
    assert networks.b.ask(by(family, way), 8080, proto).reply == "a"


@PROTO
@WAYS
def test_07_09_11_a_container_of_an_isolated_network_reaches_a_published_port(networks, family, proto, way):
    assert networks.c.ask(by(family, way), 8080, proto).reply == "a"
    assert networks.a.ask(by(family, way), 8082, proto).reply == "c"
    assert refuses(networks.c, WEB.address(family, 2), 80, proto)
