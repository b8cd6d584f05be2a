# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every step of the kernel adapter runs through, against a kernel that acknowledges all and has every link as wanted.

What the kernel makes of it is tested in tests/kernel. This finds without root what cannot run, or not be encoded. It
runs on the machine itself, also as root, so that whatever would reach the machine fails the test: a system call, a
socket, a file that is written outside of the test's own folder.
"""

from __future__ import annotations

import builtins
import dataclasses
import ipaddress
import socket

import pytest

from ansible_collections.hostnet.containers.plugins.module_utils.declare.route import Route
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.flow_rules import FlowRules
from ansible_collections.hostnet.containers.plugins.module_utils.kernel import (
    conntrack,
    pair_notes,
    requirements,
    sysctls,
)
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import announcements, links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces import (
    namespaces,
    owner_notes,
    sessions,
    syscalls,
)
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.performers import PERFORMERS
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Link, Shaping
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import Rule
from ansible_collections.hostnet.containers.plugins.module_utils.steps.addresses import AddAddress, RemoveAddress
from ansible_collections.hostnet.containers.plugins.module_utils.steps.connections import RedecideFlows
from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import (
    Announce,
    ChangeLink,
    CreateBridge,
    CreateVeth,
    DeleteLink,
    NotePair,
    ShapeLink,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespaces import (
    AdoptNamespace,
    AttachNamespace,
    CreateNamespace,
    DeleteNamespace,
    HandOverNamespace,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.obstacles import (
    ClearInterface,
    ClearOtherName,
    ClearRoute,
    ClearRule,
    RenameLoopback,
    RestoreLoopback,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.routes import (
    AddRoute,
    AddRule,
    RemoveRoute,
    RemoveRule,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.sysctls import SetSysctl

NUMBER = 3
BRIDGE = Link("web", kind="bridge", owner="default", mtu=1400, up=True, bridge={"stp": True, "forward_delay": 4})
END = Link(
    "veth0",
    kind="veth",
    owner="default",
    mac="02:00:00:00:00:01",
    mtu=1400,
    up=True,
    master="web",
    port={"hairpin": True, "isolated": False},
    netns="box",
    peer="eth0",
    noted=(ipaddress.ip_interface("10.20.0.2/24"),),
)
PEER = Link("eth0", kind="veth", owner="default", mac="02:42:0a:14:00:02", mtu=1400, up=True)
OTHER = dataclasses.replace(END, master="db", mtu=1300, port={"hairpin": False, "isolated": True})
ROUTE = Route(to=ipaddress.ip_network("198.51.100.0/24"), via=ipaddress.ip_address("10.20.0.1"))
RULE = Rule(ipaddress.ip_address("fd00:20::2"), 2001)
LOOPBACK_ADDRESS = ipaddress.ip_interface("127.0.0.1/8")
FOUR, SIX = ipaddress.ip_interface("10.20.0.2/24"), ipaddress.ip_interface("fd00:20::2/64")
RTM = {"NEWLINK": 16, "DELLINK": 17, "NEWADDR": 20, "DELADDR": 21, "NEWROUTE": 24, "DELROUTE": 25}
RTM.update({"DELLINKPROP": 109, "NEWRULE": 32, "DELRULE": 33, "NEWQDISC": 36, "DELQDISC": 37})

# Pairs of a step and the request that it is about; None where it is none.
STEPS = [
    (CreateNamespace("new", "default", True), "NEWLINK"),
    (AttachNamespace("new", "default", ("path", "/proc/self/ns/net")), None),
    (AdoptNamespace("box", "default"), None),
    (HandOverNamespace("box", "default", "web", False), "NEWLINK"),
    (DeleteNamespace("box"), None),
    (CreateBridge(BRIDGE), "NEWLINK"),
    (CreateVeth(END, PEER), "NEWLINK"),
    (ChangeLink(None, END, OTHER), "NEWLINK"),
    (ChangeLink("box", dataclasses.replace(PEER, up=False, mtu=1500), PEER), "NEWLINK"),
    (Announce("box", "eth0"), None),
    (DeleteLink("veth0", "veth"), "DELLINK"),
    (NotePair(END), None),
    (ShapeLink("veth0", Shaping(rate_to_container=1000000)), "NEWQDISC"),
    (ShapeLink("veth0", Shaping()), "DELQDISC"),
    (AddAddress("box", "eth0", FOUR), "NEWADDR"),
    (AddAddress("box", "eth0", SIX), "NEWADDR"),
    (RemoveAddress("box", "eth0", FOUR), "DELADDR"),
    (AddRoute("box", "eth0", ROUTE), "NEWROUTE"),
    (RemoveRoute("box", "eth0", ROUTE), "DELROUTE"),
    (AddRule("box", RULE), "NEWRULE"),
    (RemoveRule("box", RULE), "DELRULE"),
    (SetSysctl("box", "net.ipv4.ip_forward", "1"), None),
    (ClearInterface("box", "eth0"), "DELLINK"),
    (ClearOtherName("box", "eth0", "other"), "DELLINKPROP"),
    (ClearRoute("box", "route default", b"\0" * 12), "DELROUTE"),
    (ClearRule("box", "rule 20000", b"\0" * 12), "DELRULE"),
    (RenameLoopback("box", "x0"), "NEWLINK"),
    (RestoreLoopback("box", (LOOPBACK_ADDRESS,)), "NEWADDR"),
    (RedecideFlows(4, FlowRules(4), FlowRules(4)), None),
]


class Session:
    """Keeps the kinds of the requests, each of which pyroute2 encodes."""

    def __init__(self):
        self.kinds = []

    def request(self, kind, message, flags=0):
        message.encoded(kind, flags, 1)
        self.kinds.append(kind)

    def request_body(self, kind, _body):
        self.kinds.append(kind)

    def dump_recorded(self, _request, _select=None):
        return []

    def namespace_cookie(self):
        return 1

    def close(self):
        """Nothing is open."""


class Netlink:
    """Every namespace is the same."""

    def __init__(self, session):
        self.host = session
        self.folder_is_ready = True

    def inside(self, _netns, function, *arguments):
        return function(self.host, *arguments)

    def leave(self, _netns):
        """Nobody stands there."""


@pytest.fixture
def session(monkeypatch, tmp_path):
    """The session of a `Netlink` on a host where nothing is done in earnest."""
    requirements.load_pyroute2()
    made = Session()
    known = {link.name: link for link in (BRIDGE, END, PEER)}
    monkeypatch.setattr(links, "index_of", lambda _name: NUMBER)
    monkeypatch.setattr(links, "find", lambda _session, name: _raw(known.get(name)))
    monkeypatch.setattr(syscalls, "unshare", lambda: None)
    monkeypatch.setattr(syscalls, "mount", lambda _source, _target, _flags: None)
    monkeypatch.setattr(syscalls, "unmount", _nothing_mounted)
    for sender in ("_send_request", "_advertise"):
        monkeypatch.setattr(announcements, sender, lambda *_arguments: None)
    monkeypatch.setattr(namespaces, "Session", lambda: made)
    monkeypatch.setattr(conntrack, "Session", lambda _protocol: made)
    for module in (namespaces, sessions):
        monkeypatch.setattr(module, "FOLDER", str(tmp_path))
    monkeypatch.setattr(pair_notes, "FOLDER", str(tmp_path / "notes/pairs"))
    monkeypatch.setattr(links, "dump", lambda _session: {1: _raw(Link("x0", up=True))})
    monkeypatch.setattr(owner_notes, "FOLDER", str(tmp_path / "notes/namespaces"))
    monkeypatch.setattr(owner_notes, "FORMER_FOLDER", str(tmp_path / "notes/attached"))
    monkeypatch.setattr(syscalls, "setns", lambda _descriptor: None)
    (tmp_path / "box").touch()
    # By the root of the path, as a performer may have kept the function that writes.
    monkeypatch.setattr(sysctls, "_ROOT", str(tmp_path / "sys"))
    (tmp_path / "sys/net/ipv4").mkdir(parents=True)
    (tmp_path / "sys/net/ipv4/ip_forward").touch()
    monkeypatch.setattr(syscalls, "_call", _reaches_the_machine)
    monkeypatch.setattr(socket, "socket", _reaches_the_machine)
    monkeypatch.setattr(builtins, "open", _opening_below(tmp_path, open))
    return made


def _reaches_the_machine(*arguments, **_options):
    pytest.fail("a step reaches the machine: %s" % (arguments,))


def _opening_below(folder, really_open):
    def guarded(path, mode="r", *arguments, **options):
        if mode.strip("rbt") and not str(path).startswith(str(folder)):
            _reaches_the_machine(path, mode)
        return really_open(path, mode, *arguments, **options)

    return guarded


def _raw(link):
    return None if link is None else links.RawLink(link, NUMBER, 0, None, NUMBER if link.master else 0, 0, None)


def _nothing_mounted(_path):
    raise OSError(22, "Invalid argument")


def _name_of(value):
    return value or "" if isinstance(value, (str, type(None))) else type(value).__name__


@pytest.mark.parametrize(("step", "request_"), STEPS, ids=_name_of)
def test_a_step_runs_through(session, monkeypatch, step, request_):
    if isinstance(step, ChangeLink):
        monkeypatch.setattr(links, "find", lambda _session, _name: _raw(step.after))
    PERFORMERS[type(step)](Netlink(session), step)
    assert request_ is None or RTM[request_] in session.kinds


def test_a_setting_is_written_below_the_folder_of_the_test(session, tmp_path):
    PERFORMERS[SetSysctl](Netlink(session), SetSysctl(None, "net.ipv4.ip_forward", "1"))
    assert (tmp_path / "sys/net/ipv4/ip_forward").read_text(encoding="ascii") == "1"


def test_what_reaches_the_machine_fails(session, monkeypatch):
    monkeypatch.setattr(sysctls, "_ROOT", "/proc/nothing")
    with pytest.raises(pytest.fail.Exception, match="reaches the machine"):
        PERFORMERS[SetSysctl](Netlink(session), SetSysctl(None, "net.ipv4.ip_forward", "1"))


def test_every_step_of_the_kernel_is_tried():
    assert {type(step) for step, _request in STEPS} == set(PERFORMERS)
