# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A restore that waited for another run goes by what that run has left, and not by what was on record before."""

from __future__ import annotations

import contextlib
import os

import pytest

from ansible_collections.hostnet.containers.plugins.module_utils.host import Host
from ansible_collections.hostnet.containers.plugins.module_utils.plan import engine
from ansible_collections.hostnet.containers.plugins.module_utils.restore.networks import restore

RECORDS = "/etc/hostnet/networks/"
BACK = {"name": "back", "subnets": ["10.30.0.0/24"], "containers": [{"name": "a"}]}


def _restored(left):
    """Restore, while the run before leaves other records than there were when the restore began."""
    locked = engine.locked

    @contextlib.contextmanager
    def after_another_run():
        with locked():
            for name, text in left.items():
                os.remove(RECORDS + name)
                if text:
                    with open(os.open(RECORDS + name, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
                        file.write(text)
            yield

    engine.locked = after_another_run
    with Host() as host:
        return list(restore(host).actions)


@pytest.mark.parametrize("removed", [True, False])
def test_what_the_run_before_has_left_counts(host, removed):
    host.remember()
    host.module("network", **BACK)
    before = host.run(["cat", RECORDS + "back.json"]).stdout
    if removed:
        host.module("network", name="back", state="absent")
        now = None
    else:
        host.module("network", **{**BACK, "subnets": ["10.31.0.0/24"]})
        now = host.run(["cat", RECORDS + "back.json"]).stdout
    host.run(["mkdir", "-p", RECORDS])
    host.run(["tee", RECORDS + "back.json"], stdin=before)
    host.run(["chmod", "600", RECORDS + "back.json"])
    assert host.python(_restored, {"back.json": now}) == []
    if removed:
        assert host.run("ip link show br-back", check=False).rc != 0
    else:
        assert "10.31.0.1/24" in host.run("ip -brief address show br-back").stdout
