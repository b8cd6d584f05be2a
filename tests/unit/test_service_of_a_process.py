# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which service of the system a process belongs to; a group that a user made is none, whatever its name."""

from __future__ import annotations

import pytest

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import listening_sockets

UNIT = "hostnet-dns-web.service"


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ("0::/system.slice/%s\n" % UNIT, UNIT),
        ("12:pids:/system.slice/%s\n1:name=systemd:/system.slice/%s\n" % (UNIT, UNIT), UNIT),
        ("0::/user.slice/user-1000.slice/user@1000.service/system.slice/%s\n" % UNIT, None),
        ("0::/user.slice/%s\n" % UNIT, None),
        ("0::/system.slice/docker-1.scope/%s\n" % UNIT, None),
        ("0::/\n", None),
        ("", None),
    ],
)
def test_a_service_is_what_systemd_made(groups, found):
    assert listening_sockets._unit_of(groups) == found
