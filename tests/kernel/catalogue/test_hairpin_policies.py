# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hairpin beside policies: routed, internal and talkless networks, and ports that refuse it."""

from __future__ import annotations

import pytest
from networks import DB, HOST_OF, WEB, make, publish
from talk import refuses


@pytest.fixture(params=[0, 1], ids=["", "bridged packets filtered"])
def web(request, lab):
    """A network whose container a serves, on a host that filters bridged packets or does not."""
    for name in ("iptables", "ip6tables"):
        lab.host.run(["sysctl", "-q", "net.bridge.bridge-nf-call-%s=%d" % (name, request.param)])
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"])
    lab.a.serve_tcp(80, "a")
    return lab


def test_10_a_container_of_a_routed_network_reaches_a_published_port(web, family):
    (routed,) = make(web.host, DB, ["c"], masquerade=False, direct_access=True)
    routed.serve_tcp(80, "c")
    publish(web.host, WEB, 2)
    publish(web.host, DB, 2, 8082)
    for address in (WEB.gateway(family), DB.gateway(family), HOST_OF[family]):
        assert routed.ask(address, 8080).reply == "a"
        assert web.a.ask(address, 8082).reply == "c"
        assert routed.ask(address, 8082).reply == "c"


def test_a_port_without_hairpin_is_for_the_outside_only(web, family):
    publish(web.host, WEB, 2, hairpin=False)
    assert web.lan.ask(HOST_OF[family], 8080).reply == "a"
    assert web.host.ask(HOST_OF[family], 8080).reply == "a"
    assert refuses(web.a, HOST_OF[family], 8080)
    assert refuses(web.b, HOST_OF[family], 8080)


def test_containers_that_may_not_talk_still_reach_published_ports(web, family):
    """Both ways at once: by its address a is out of reach, by the host's it answers."""
    web.host.module("forwarding", bridge="web", icc=False)
    publish(web.host, WEB, 2)
    assert refuses(web.b, WEB.address(family, 2), 80)
    assert web.b.ask(HOST_OF[family], 8080).reply == "a"
    assert web.a.ask(HOST_OF[family], 8080).reply == "a"
