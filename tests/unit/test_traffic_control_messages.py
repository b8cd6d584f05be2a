# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of the kernel's traffic control is the same, to the byte, by every release of pyroute2."""

from __future__ import annotations

import pytest
from pyroute2.netlink.rtnl.tcmsg import tcmsg

from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import Message, nest
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.traffic_control import requests
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.traffic_control.queueing_disciplines import (
    Bucket,
)

HEADER = 16
# What pyroute2 makes of its own classes before ours are used must not count.
Message(tcmsg, [("TCA_KIND", "tbf"), ("TCA_OPTIONS", nest([("TCA_TBF_PARMS", {})]))]).encoded(36, 0, 1)
SLOW = Bucket(handle=0x10000, rate=1250000, burst=5000, limit=99)
FAST = Bucket(handle=0x10000, rate=2**33, burst=5000, limit=99)


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (
            requests.token_bucket(3, SLOW),
            "000000000300000000000100ffffffff000000000800010074626600340002002800010003010000ffff0000d0121300"
            "00000000000000000000000063000000000000000000000008000600 88130000",
        ),
        (
            requests.token_bucket(3, FAST),
            "000000000300000000000100ffffffff000000000800010074626600400002002800010003010000ffff0000ffffffff"
            "0000000000000000000000006300000000000000000000000c0004000000000002000000 0800060088130000",
        ),
        (
            requests.ingress(3),
            "00000000030000000000fffff1ffffff000000000c000100696e677265737300",
        ),
        (
            requests.redirection(3, 7),
            "0000000003000000000000000000ffff00036e6808000100753332006000020024000500010001000000000000000000"
            "000000000000000000000000000000000000000038000700340001000b0001006d697272656400002400028020000200"
            "00000000000000000400000000000000000000000100000007000000",
        ),
        (requests.no_redirection(3), "0000000003000000000000000000ffff00036e68"),
        (requests.no_ingress(3), "00000000030000000000fffff1ffffff00000000"),
        (requests.no_token_bucket(3, 0x10000), "000000000300000000000100ffffffff000000000800010074626600"),
    ],
)
def test_a_request_is_the_same_by_every_release(request_, body):
    assert request_.message.encoded(request_.kind, request_.flags, 1)[HEADER:].hex() == body.replace(" ", "")
