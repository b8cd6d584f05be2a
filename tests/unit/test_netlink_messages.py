# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to the kernel are what pyroute2 makes of its message classes, and nothing is left out in silence."""

from __future__ import annotations

import pytest
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Missing
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message, nest

RTM_NEWLINK, FLAGS, SEQUENCE = 16, 0x605, 7


def decoded(data):
    message = ifinfmsg(data)
    message.decode()
    return message


def test_a_request_is_whole():
    information = nest([("IFLA_INFO_KIND", "veth"), ("IFLA_INFO_SLAVE_KIND", None)])
    message = Message(ifinfmsg, [("IFLA_IFNAME", "web"), ("IFLA_MTU", None), ("IFLA_LINKINFO", information)], index=3)
    data = message.encoded(RTM_NEWLINK, FLAGS, SEQUENCE)
    found = decoded(data)
    header = found["header"]
    assert (header["length"], header["type"], header["flags"]) == (len(data), RTM_NEWLINK, FLAGS)
    assert (header["sequence_number"], found["index"]) == (SEQUENCE, 3)
    assert [name for name, _value in found["attrs"]] == ["IFLA_IFNAME", "IFLA_LINKINFO"]
    assert found.get_nested("IFLA_LINKINFO", "IFLA_INFO_KIND") == "veth"


def test_a_request_can_be_sent_again():
    message = Message(ifinfmsg, [("IFLA_IFNAME", "web"), ("IFLA_LINKINFO", nest([("IFLA_INFO_KIND", "veth")]))])
    assert message.encoded(RTM_NEWLINK, FLAGS, SEQUENCE) == message.encoded(RTM_NEWLINK, FLAGS, SEQUENCE)


def test_an_attribute_that_pyroute2_does_not_know_is_not_left_out():
    with pytest.raises(Missing, match="pyroute2 on the host does not know IFLA_NOTHING of ifinfmsg"):
        Message(ifinfmsg, [("IFLA_NOTHING", 1)]).encoded(RTM_NEWLINK, FLAGS, SEQUENCE)
