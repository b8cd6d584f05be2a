# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces: born with their mark, attached, and removed in whatever state they are."""

from __future__ import annotations

import os

import pytest
from kernel_steps import EVERYTHING, container, observed, performed, refusal

from ansible_collections.hostnet.containers.plugins.module_utils.state.observation_needs import ObservationNeeds
from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import DeleteLink
from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespaces import (
    AttachNamespace,
    CreateNamespace,
    DeleteNamespace,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.sysctls import SetSysctl

BOX = CreateNamespace("box", "default", True)
ONLY_BOX = ObservationNeeds(namespaces=frozenset(["box"]))


@pytest.mark.parametrize("loopback", [True, False])
def test_a_namespace_is_born_with_its_mark(host, loopback):
    found = host.python(performed, [CreateNamespace("box", "shop", loopback)]).namespaces["box"]
    assert (found.owner, found.attached, found.debris) == ("shop", False, False)
    assert found.links["lo"].up is loopback
    assert host.namespaces() == ["box"]
    assert host.container("box").run("ip -j link show lo").json[0]["ifalias"] == "hostnet:shop"


def test_namespaces_are_seen_by_others_who_share_the_folder(host):
    host.python(performed, [BOX])
    mounts = [line.split() for line in host.run("cat /proc/self/mountinfo").stdout.splitlines()]
    assert any(words[6].startswith("shared:") for words in mounts if words[4] == "/run/netns")
    host.run("ip netns add other")
    assert host.namespaces() == ["box", "other"]


def test_a_namespace_that_is_not_wanted_is_not_entered(host):
    host.python(performed, [BOX, CreateNamespace("other", "default", True)])
    found = host.python(observed, ONLY_BOX).namespaces
    assert (found["box"].owner, set(found["box"].links)) == ("default", {"lo"})
    assert (found["other"].owner, found["other"].links) == (None, {})
    assert found["other"].inode != found["box"].inode


def test_a_namespace_of_others_is_not_ours(host):
    host.run("ip netns add box")
    assert host.python(observed).namespaces["box"].owner is None


def test_a_name_in_use_is_not_taken(host):
    host.run("ip netns add box")
    assert host.python(refusal, BOX) == "cannot create namespace box: the name is in use"
    assert host.namespaces() == ["box"]


def test_an_empty_file_is_debris_and_is_reused(host):
    host.run("mkdir -p /run/netns")
    host.run("touch /run/netns/box")
    assert host.python(observed).namespaces["box"].debris
    assert host.python(performed, [BOX]).namespaces["box"].owner == "default"


def test_settings_inside_are_written_and_read_inside(host):
    key = "net.ipv4.ip_forward"
    made = [BOX, SetSysctl("box", key, "1"), SetSysctl("box", "net.ipv4.ping_group_range", "0 5")]
    keys = frozenset([("box", key), (None, key), ("box", "net.ipv4.ping_group_range"), ("box", "net.nothing")])
    state = host.python(performed, made, EVERYTHING | ObservationNeeds(sysctls=keys))
    assert state.namespaces["box"].sysctls == {key: "1", "net.ipv4.ping_group_range": "0 5"}
    assert state.sysctls == {key: "0"}


@pytest.mark.parametrize(
    "key",
    ["net.ipv4.conf.eth0.100.forwarding", "net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding"],
)
def test_names_with_dots_are_understood(host, key):
    host.run("ip link add eth0.100 type veth peer name far")
    host.python(performed, [SetSysctl(None, key, "1")])
    assert host.run("cat /proc/sys/net/ipv4/conf/eth0.100/forwarding").stdout == "1\n"


def test_a_setting_that_the_kernel_lacks_is_told_unless_it_is_ours(host):
    host.python(performed, [BOX, SetSysctl("box", "net.ipv4.nothing", "1", implied=True)])
    assert host.python(refusal, SetSysctl("box", "net.ipv4.nothing", "1")) == (
        "cannot set net.ipv4.nothing = 1 in namespace box: there is no setting /proc/sys/net/ipv4/nothing"
    )
    assert "Invalid argument" in host.python(refusal, SetSysctl("box", "net.ipv4.ip_forward", "never"))


@pytest.fixture
def foreign(host):
    """A process with a network namespace of its own, and the names by which it can be attached."""
    process = host.start(["unshare", "-n", "sleep", "60"])
    while os.stat("/proc/%d/ns/net" % process.pid).st_ino == os.stat("/proc/%d/ns/net" % host.pid).st_ino:
        pass
    return process


def test_a_namespace_of_a_process_is_attached(host, foreign):
    found = host.python(performed, [AttachNamespace("box", "shop", ("pid", foreign.pid))]).namespaces["box"]
    assert (found.owner, found.attached, found.links["lo"].owner) == ("shop", True, None)
    assert found.inode == os.stat("/proc/%d/ns/net" % foreign.pid).st_ino


def test_a_namespace_of_a_file_is_attached(host, foreign):
    source = ("path", "/proc/%d/ns/net" % foreign.pid)
    found = host.python(performed, [AttachNamespace("box", "default", source)]).namespaces["box"]
    assert (found.owner, found.attached) == ("default", True)


def test_an_attached_name_goes_and_the_namespace_stays(host, foreign):
    made = [AttachNamespace("box", "default", ("pid", foreign.pid)), DeleteNamespace("box")]
    assert host.python(performed, made).namespaces == {}
    assert foreign.poll() is None
    assert not host.leaks()


def test_a_name_that_was_attached_and_then_given_by_others_is_not_ours(host, foreign):
    host.python(performed, [AttachNamespace("box", "default", ("pid", foreign.pid))])
    host.run("ip netns delete box")
    host.run("ip netns add box")
    assert host.python(observed).namespaces["box"].owner is None


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (("path", "/proc/self/ns/mnt"), "/proc/self/ns/mnt is not a network namespace"),
        (("path", "/etc/hostname"), "/etc/hostname is not a network namespace"),
        (("path", "/nowhere"), "No such file or directory"),
        (("pid", 2**22 - 1), "No such file or directory"),
    ],
)
def test_what_is_no_network_namespace_is_not_attached(host, source, reason):
    sentence = host.python(refusal, AttachNamespace("box", "default", source))
    assert sentence == "cannot attach namespace box to %s %s: %s" % (*source, reason)
    assert host.namespaces() == []


def test_a_name_goes_in_every_state(host):
    gone = DeleteNamespace("box")
    host.python(performed, [gone, BOX, gone, gone])
    host.run("touch /run/netns/box")
    host.python(performed, [gone])
    host.python(performed, [BOX])
    host.run("mount --bind /run/netns/box /run/netns/box")
    assert host.python(performed, [gone]).namespaces == {}
    assert not host.leaks()


def test_a_namespace_is_made_anew_under_the_same_name(host):
    """A worker that stood in the old one must not stay there."""
    again = [DeleteLink("veth0", "veth"), DeleteNamespace("box"), *container()[3:]]
    state = host.python(performed, container() + again)
    assert set(state.namespaces["box"].links) == {"lo", "eth0"}
    assert host.container("box").addresses() == ["10.20.0.2/24", "fd00:20::2/64"]
