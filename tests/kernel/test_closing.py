# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Closing a way closes what is open: for each option, what it refuses ends at once, and all else lives on."""

from __future__ import annotations

import functools

import pytest
from flows import Both, Stream
from networks import DB, FAMILIES, HOST_OF, INTERNET_OF, NEIGHBOUR_OF, WEB, make, publish, route_at_the_host

OWN = 7000
WIDTH = {4: 32, 6: 128}


@pytest.fixture
def lab(lab, family):
    """Networks `web` (a, b) and `db` (c), whose addresses the LAN and the internet know; `policy` is that of `web`."""
    lab.family = family
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"], masquerade=False)
    (lab.c,) = make(lab.host, DB, ["c"], masquerade=False, isolate=False, direct_access=True)
    route_at_the_host(lab, WEB, DB)
    lab.policy = functools.partial(lab.host.module, "forwarding", bridge="web")
    return lab


def masquerade(lab, **options):
    rules = [{"source": WEB.subnet(family), "bridge": "web", **options} for family in FAMILIES]
    lab.host.module("masquerade", rules=rules)


def ports(lab, **options):
    """Publish 80 of a for TCP and UDP; the port outside is the same, which is the hardest to close."""
    done = [publish(lab.host, WEB, 2, 80, families=(lab.family,), protocol=one, **options) for one in ("tcp", "udp")]
    return {"actions": [line for one in done for line in one["actions"]]}


def inward(lab):
    return Both(lab.lan, lab.a, lab.family, WEB.address(lab.family, 2))


def outward(lab):
    return Both(lab.a, lab.internet, lab.family, INTERNET_OF[lab.family])


def across(lab):
    return Both(lab.c, lab.a, lab.family, WEB.address(lab.family, 2))


def beside(lab):
    return Both(lab.b, lab.a, lab.family, WEB.address(lab.family, 2))


def to_the_host(lab):
    return Both(lab.a, lab.host, lab.family, HOST_OF[lab.family], OWN, OWN)


def published(place):
    return lambda lab: Both(getattr(lab, place), lab.a, lab.family, HOST_OF[lab.family])


def by_loopback(lab):
    return Both(lab.host, lab.a, 4, "127.0.0.1")


def policy(**options):
    return lambda lab: lab.policy(**options)


def all_of(*steps):
    return lambda lab: [step(lab) for step in steps]


def port(**options):
    return lambda lab: ports(lab, **options)


def denied(lab):
    return lab.policy(deny_destinations=["%s/%d" % (INTERNET_OF[lab.family], WIDTH[lab.family])])


def denied_host(lab):
    return lab.policy(deny_destinations=["%s/%d" % (HOST_OF[lab.family], WIDTH[lab.family])])


def denied_where_all_may_enter(lab):
    """The other end may begin connections to the container, so that it could go on with this one."""
    return lab.policy(direct_access=True, deny_destinations=["%s/%d" % (INTERNET_OF[lab.family], WIDTH[lab.family])])


def for_nobody_here(lab):
    return ports(lab, allowed_sources=["203.0.113.0/24" if lab.family == 4 else "2001:db8:ffff::/48"])


# How the way is opened, what goes along it, and how it is closed.
WAYS = {
    "isolate": (policy(isolate=False), across, policy()),
    "direct_access": (policy(direct_access=True), inward, policy()),
    "internal, inward": (policy(direct_access=True), inward, policy(internal=True)),
    "internal, outward": (policy(), outward, policy(internal=True)),
    "internal, masqueraded": (all_of(policy(), masquerade), outward, policy(internal=True)),
    "internal, to the host": (policy(), to_the_host, policy(internal=True)),
    "icc": (policy(), beside, policy(icc=False)),
    "host_access published": (policy(), to_the_host, policy(host_access="published")),
    "host_access none": (policy(host_access="all"), to_the_host, policy(host_access="none")),
    "host_access none, published": (all_of(policy(), port()), published("b"), policy(host_access="none")),
    "deny_destinations": (policy(), outward, denied),
    "deny_destinations, both may begin": (policy(direct_access=True), outward, denied_where_all_may_enter),
    "deny_destinations, masqueraded": (all_of(policy(), masquerade), outward, denied),
    "deny_destinations, the host": (policy(), to_the_host, denied_host),
    "allowed_sources": (port(), published("lan"), for_nobody_here),
    "published port": (port(), published("lan"), port(state="absent")),
    "published port, hairpin": (port(), published("b"), port(state="absent")),
    "published port, from the host": (port(), published("host"), port(state="absent")),
    "hairpin": (port(), published("b"), port(hairpin=False)),
    "loopback": (port(), by_loopback, port(loopback="none")),
    "policy removed": (all_of(masquerade, policy(direct_access=True)), inward, policy(state="absent")),
}
# There is no host's own way to a container by the loopback address of IPv6.
OF_IPV4 = ("loopback",)


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


@pytest.mark.parametrize("way", WAYS)
def test_what_is_refused_ends_at_once_and_all_else_lives_on(lab, family, way):
    if family == 6 and way in OF_IPV4:
        return
    opened, begun, closed = WAYS[way]
    _filter_bridged_packets(lab)
    opened(lab)
    flows, others = begun(lab), Both(lab.c, lab.lan, family, NEIGHBOUR_OF[family], 82, 82)
    spared = Stream(lab.host, lab.b, family, WEB.address(family, 3), 83, 83)
    done = closed(lab)
    assert flows.ended()
    assert others.lives() and spared.lives()
    assert "end the IPv%d flows that are refused now" % family in done["actions"]
    opened(lab)
    flows.close()
    assert begun(lab).lives()
    assert others.lives() and spared.lives()


def _filter_bridged_packets(lab):
    """Without this no rule of iptables sees what stays on a bridge."""
    for name in ("iptables", "ip6tables"):
        lab.host.run(["sysctl", "-q", "net.bridge.bridge-nf-call-%s=1" % name])
