# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network is refused exactly where the card modules refuse what it consists of, before anything changes."""

from __future__ import annotations

import copy

import pytest
from as_cards import as_cards, networks, refused_as_network
from examples import examples
from hypothesis import event, given, target

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict, HostnetError
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Link
from model.declaring import declare, on, run
from model.memory_host import empty_host


def refusal(calls, check=False):
    """Why one of some calls is refused on a fresh host, or an empty string."""
    host = empty_host()
    for kind, options in calls:
        try:
            run(host, declare(kind, **copy.deepcopy(options)), check=check)
        except HostnetError as error:
            return "%s: %s" % (kind, error)
    return ""


@pytest.mark.wide
@examples(400)
@given(networks())
def test_a_network_is_refused_exactly_where_the_cards_refuse_its_parts(options):
    whole = refusal([("Network", options)])
    # What only a network has is not said by cards.
    parts = "network" if refused_as_network(options) else refusal(as_cards(options))
    event("refused by %s" % parts.partition(":")[0] if parts else "accepted")
    target(float(not parts))
    assert bool(whole) == bool(parts), (whole, parts)
    assert refusal([("Network", options)], check=True) == whole


@pytest.fixture(name="full")
def host_with_a_full_bridge():
    """A host in memory with a bridge that has as many ports as the kernel can number, and one more interface."""
    host = empty_host()
    on(host, "Bridge", name="web")
    for number in range(1023):
        host.state = host.state.with_link(Link("m%d" % number, master="web", enslaved=True))
    host.state = host.state.with_link(Link("free"))
    on(host, "Netns", name="a")
    return host


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("VethPair", {"netns": "a", "bridge": "web"}),
        ("Bridge", {"name": "web", "members": ["free", *("m%d" % number for number in range(1023))]}),
    ],
)
def test_a_full_bridge_takes_no_further_port(full, kind, options):
    on(full, "Bridge", name="web", up=True)
    with pytest.raises(Conflict, match="bridge web would have 1024 ports.*the kernel allows 1023"):
        on(full, kind, **options)
