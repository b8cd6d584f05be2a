# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests that every run makes are, to the byte, what pyroute2 makes of its message classes."""

from __future__ import annotations

import dataclasses
import sys

import pytest

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import conntrack, listening_sockets, other_ends
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import addresses, links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.recorded import REQUEST, SEQUENCE
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.routing import routes, rules
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.traffic_control import requests

ROOMS = [links, addresses, routes, rules, requests]


@pytest.mark.skipif(sys.byteorder != "little", reason="they were recorded on a machine of the other byte order")
@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__name__.rpartition(".")[2])
def test_a_recorded_request_is_what_pyroute2_makes(room):
    assert room.DUMP.bytes == room.DUMP.encoded()


@pytest.mark.skipif(sys.byteorder != "little", reason="they were recorded on a machine of the other byte order")
@pytest.mark.parametrize("dump", [*listening_sockets.DUMPS.values(), *conntrack.DUMPS.values()])
def test_so_are_the_questions_for_listening_sockets_and_tracked_connections(dump):
    assert dump.bytes == dump.encoded()


@pytest.mark.skipif(sys.byteorder != "little", reason="pyroute2 writes in the byte order of the machine")
def test_so_is_the_question_which_number_a_namespace_has():
    from pyroute2.netlink.rtnl.nsidmsg import nsidmsg

    encoded = Message(nsidmsg, [("NETNSA_FD", 7)]).encoded(90, REQUEST, SEQUENCE)
    # pyroute2 leaves three bytes after the family out, where the kernel looks for the first attribute after four.
    assert other_ends.question(7) in (encoded, encoded[:17] + bytes(3) + encoded[17:])


def test_on_a_machine_of_the_other_byte_order_pyroute2_makes_them(monkeypatch):
    monkeypatch.setattr(sys, "byteorder", "big")
    assert dataclasses.replace(links.DUMP).bytes == links.DUMP.encoded()
