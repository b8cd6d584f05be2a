# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose a namespace is, the host keeps; what root inside writes on its own interfaces decides nothing."""

from __future__ import annotations

import os

import pytest
from networks import web

NOTES = "/run/hostnet/namespaces"
MARKS = ["", "hostnet", "hostnet:other", "something else"]


@pytest.mark.parametrize("mark", MARKS)
def test_what_a_container_writes_on_its_lo_changes_no_owner(host, mark):
    host.module("netns", owner="shop", namespaces=[{"name": "a"}, {"name": "b"}])
    host.container("a").run("ip link set lo alias '%s'" % mark)
    host.module("netns", owner="other", purge=True, namespaces=[])
    assert host.namespaces() == ["a", "b"]
    assert host.module("network_info")["namespaces"][0]["owner"] == "shop"
    host.module("netns", owner="shop", purge=True, namespaces=[])
    assert host.namespaces() == []
    assert host.leaks() == []


@pytest.mark.parametrize("mark", MARKS)
def test_absent_removes_a_namespace_whatever_its_lo_says(host, mark):
    host.module("netns", name="a")
    host.container("a").run("ip link set lo alias '%s'" % mark)
    assert host.module("netns", name="a", state="absent")["changed"]
    assert host.leaks() == []


@pytest.mark.parametrize("mark", MARKS[1:3])
def test_a_namespace_of_others_that_calls_itself_ours_is_not_removed(host, mark):
    host.run("ip netns add a")
    host.run("ip -n a link set lo alias %s" % mark)
    for owner in ("default", "other"):
        host.module("netns", owner=owner, purge=True, namespaces=[])
    assert "ip netns delete a" in host.module_fails("netns", name="a", state="absent")
    assert host.namespaces() == ["a"]


def test_a_namespace_of_an_earlier_version_is_taken_over_by_its_declaration(host):
    """Earlier versions left no note."""
    host.module("netns", owner="shop", namespaces=[{"name": "a"}])
    host.run("rm -r %s" % NOTES)
    wish = {"owner": "shop", "namespaces": [{"name": "a"}]}
    foretold = host.module("netns", check=True, diff=True, **wish)
    done = host.module("netns", diff=True, **wish)
    assert foretold["actions"] == done["actions"] == ["take over namespace a"]
    assert foretold["diff"] == done["diff"]
    assert done["diff"]["before"] != done["diff"]["after"]
    assert not host.module("netns", **wish)["changed"]
    host.module("netns", owner="shop", purge=True, namespaces=[])
    assert host.leaks() == []


def test_a_note_counts_for_its_namespace_only(host):
    """The kernel gives the number of a namespace again as soon as it is gone."""
    host.module("netns", name="a")
    note = host.run("cat %s/a" % NOTES).stdout
    host.run("ip netns delete a")
    for _attempt in range(100):
        host.run("ip netns add a")
        if str(host.python(os.stat, "/run/netns/a").st_ino) == note.split()[1]:
            break
        host.run("ip netns delete a")
    assert "not made by this collection" in host.module_fails("netns", name="a", state="absent")
    host.python(_write, "%s/a" % NOTES, note)
    assert "not made by this collection" in host.module_fails("netns", name="a", state="absent")
    assert host.namespaces() == ["a"]


def test_a_note_of_what_is_gone_is_cleared_by_the_next_run(host):
    """As a removal that was killed leaves it."""
    web(host)
    host.run("ip netns delete container-b")
    assert sorted(host.python(os.listdir, NOTES)) == ["container-a", "container-b"]
    host.module("netns", name="container-a", check=True)
    assert sorted(host.python(os.listdir, NOTES)) == ["container-a", "container-b"]
    host.module("netns", name="container-a")
    assert sorted(host.python(os.listdir, NOTES)) == ["container-a"]


def test_only_root_can_write_notes(host):
    host.module("netns", name="a")
    status = host.python(os.stat, NOTES)
    assert (status.st_uid, status.st_mode & 0o777) == (0, 0o700)
    host.run("chmod 666 %s/a" % NOTES)
    assert "a" in host.namespaces()
    assert host.module_fails("netns", owner="x", name="a", state="absent")


def test_the_name_of_a_namespace_of_others_is_noted_too(host):
    """Also as an earlier version noted it."""
    host.run("ip netns add foreign")
    wish = {"name": "a", "path": "/run/netns/foreign"}
    host.module("netns", **wish)
    inode = host.python(os.stat, "/run/netns/a").st_ino
    host.run("rm -r %s" % NOTES)
    host.run("mkdir -m 700 /run/hostnet/attached")
    host.python(_write, "/run/hostnet/attached/a", "%d default\n" % inode)
    assert host.module("netns", **wish)["changed"] is False
    host.module("netns", name="a", state="absent")
    assert host.namespaces() == ["foreign"]


def _write(path, text):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(descriptor, text.encode())
    os.close(descriptor)
