# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What root in a container may do, as values that Hypothesis chooses, and a place to do it from."""

from __future__ import annotations

import ctypes
import itertools
import os
import socket
import subprocess
from dataclasses import dataclass

from forgeries import FORGERIES
from hypothesis import strategies as st

# Those that the kernel gives first, and those that this collection uses: device groups, and protocol of routes.
_NUMBERS = st.sampled_from([*range(1, 13), 100, 0x68, 0x686E, 0x686F, 2**31 - 1])
_LINKS = st.sampled_from(["eth0", "eth0", "eth0", "lo", "x0", "x1", "eth1"])
_NEW = st.sampled_from(["x0", "x1", "eth0", "eth1", "lo"])
_MACS = st.sampled_from(["02:42:0a:14:00:02", "02:42:0a:14:00:03", "02:42:0a:14:00:04", "02:42:de:ad:be:ef"])
# Its own, those of its siblings, of the gateway, and of nobody.
_ADDRESSES = st.sampled_from(
    ["10.20.0.%d/%d" % (last, length) for last in (1, 2, 3, 4, 99) for length in (24, 32)]
    + ["fd00:20::%d/%d" % (last, length) for last in (1, 2, 3, 4, 99) for length in (64, 128)]
    + ["10.30.0.2/24", "10.20.0.9/16", "192.0.2.1/24", "2001:db8:1::1/64", "127.0.0.2/8", "fe80::1/64"]
)
_TARGETS = st.sampled_from(
    ["0.0.0.0/1", "10.20.0.0/24", "10.20.0.3", "10.0.0.0/8", "192.0.2.0/24", "fd00:20::/64", "fd00:20::3", "::/1"]
)
_VIA = st.sampled_from(["10.20.0.1", "10.20.0.3", "10.9.9.9", "fd00:20::1", "fd00:20::3", "fe80::1"])
_FAMILIES = st.sampled_from(["-4", "-6"])
_TABLES = st.sampled_from(["main", "local", "100", "2000", "2001", "26728"])
_FLUSHED = st.sampled_from(["main", "local", "all", "100", "2000", "26728"])
_NOWHERE = st.sampled_from(["blackhole ", "unreachable ", "prohibit "])
_PROTOCOLS = st.sampled_from(["static", "kernel", "boot", "ra", "104"])
_ALIASES = st.sampled_from(["hostnet", "hostnet:web", "hostnet:other", "", "hostnet +hairpin -isolated", "x" * 255])
_DEFAULTS = st.sampled_from(
    ["via 10.20.0.3", "via fd00:20::3", "dev lo", "dev x0", "via 10.20.0.1 tos 0x10", "via fe80::1 dev eth0"]
)
_METRICS = st.sampled_from([0, 1, 512, 1024, 2000, 2001, 2**32 - 1])
_PRIORITIES = st.sampled_from([0, 1, 100, 19999, 20000, 32766, 40000])
_SOURCES = st.sampled_from(["10.20.0.2", "10.20.0.3", "fd00:20::2", "fd00:20::3", "all"])
_SWITCHES = st.sampled_from(["up", "down", "arp off", "promisc on"])
_KINDS = st.sampled_from(["dummy", "bridge", "veth peer name x1", "veth peer name eth0 netns inner"])
_UPPER = st.sampled_from(["vlan id 5", "macvlan mode bridge", "ipvlan"])

_A_DEFAULT = {"way": _DEFAULTS, "metric": _METRICS, "by": _PROTOCOLS}

# Words for `ip`. The namespace `inner` is the container's own; `home` is a process in the container itself.
LINK = (
    ("link add {new} index {number} type {kind}", {"new": _NEW, "number": _NUMBERS, "kind": _KINDS}),
    ("link add {new} link eth0 type {upper}", {"new": _NEW, "upper": _UPPER}),
    ("link set {link} {switch}", {"link": _LINKS, "switch": _SWITCHES}),
    ("link set {link} address {mac}", {"link": _LINKS, "mac": _MACS}),
    ("link set {link} mtu {number}", {"link": _LINKS, "number": st.sampled_from([1280, 1400, 9000])}),
    ("link set {link} txqueuelen {number}", {"link": _LINKS, "number": _NUMBERS}),
    ("link set {link} group {number}", {"link": _LINKS, "number": _NUMBERS}),
    ("link set {link} name {new}", {"link": _LINKS, "new": _NEW}),
    ("link set {link} master {new}", {"link": _LINKS, "new": _NEW}),
    ("link property add dev {link} altname {new}", {"link": _LINKS, "new": _NEW}),
    ("link delete {link}", {"link": _LINKS}),
)
ALIAS = (("link set {link} alias '{alias}'", {"link": _LINKS, "alias": _ALIASES}),)
ADDRESS = (
    ("address add {address} dev {link}", {"address": _ADDRESSES, "link": _LINKS}),
    ("address delete {address} dev {link}", {"address": _ADDRESSES, "link": _LINKS}),
    ("address flush dev {link}", {"link": _LINKS}),
    ("neighbour replace {via} lladdr {mac} dev eth0", {"via": _VIA, "mac": _MACS}),
)
ROUTE = (
    ("route add {to} via {via} proto {by}", {"to": _TARGETS, "via": _VIA, "by": _PROTOCOLS}),
    ("route replace {to} via {via} dev {link} onlink", {"to": _TARGETS, "via": _VIA, "link": _LINKS}),
    ("route add blackhole {to} metric {number}", {"to": _TARGETS, "number": _NUMBERS}),
    (
        "route add {to} dev {link} table {table} proto {by}",
        {"to": _TARGETS, "link": _LINKS, "table": _TABLES, "by": _PROTOCOLS},
    ),
    ("route add {kind}default {way} metric {metric} proto {by}", {**_A_DEFAULT, "kind": st.just("")}),
    ("route add {kind}default metric {metric} proto {by}", {**_A_DEFAULT, "kind": _NOWHERE}),
    ("route delete default", {}),
    ("{family} route flush table {table}", {"family": _FAMILIES, "table": _FLUSHED}),
)
RULE = (
    (
        "{family} rule add priority {number} table {table}",
        {"family": _FAMILIES, "number": _PRIORITIES, "table": _TABLES},
    ),
    (
        "{family} rule add from {source} priority {number} table {table} protocol {by}",
        {"family": _FAMILIES, "source": _SOURCES, "number": _PRIORITIES, "table": _TABLES, "by": _PROTOCOLS},
    ),
    ("{family} rule delete priority {number}", {"family": _FAMILIES, "number": _PRIORITIES}),
)
NAMESPACE = (
    ("netns add inner", {}),
    ("netns delete inner", {}),
    ("link set {link} netns inner", {"link": _LINKS}),
    ("netns exec inner ip link set {link} netns {{home}}", {"link": _LINKS}),
    ("netns set inner {number}", {"number": _NUMBERS}),
)
SETTINGS = (
    "ipv6/conf/eth0/disable_ipv6=1",
    "ipv6/conf/all/disable_ipv6=1",
    "ipv4/conf/all/forwarding=1",
    "ipv6/conf/all/forwarding=1",
    "ipv4/conf/eth0/proxy_arp=1",
    "ipv4/conf/all/arp_ignore=8",
)


@dataclass(frozen=True)
class Ip:
    """A call of `ip`."""

    words: str


@dataclass(frozen=True)
class Frame:
    """A frame that claims to be somebody else's, by its name in `FORGERIES`."""

    name: str


@dataclass(frozen=True)
class Setting:
    """A kernel setting of the container."""

    text: str


@st.composite
def _words(draw, forms):
    form, parts = draw(st.sampled_from(forms))
    return Ip(form.format(**{name: draw(choice) for name, choice in parts.items()}))


def deeds():
    """Strategy for one thing that root in a container does."""
    return st.one_of(
        *(_words(forms) for forms in (LINK, LINK, ALIAS, ADDRESS, ROUTE, RULE, NAMESPACE)),
        st.sampled_from(sorted(FORGERIES)).map(Frame),
        st.sampled_from(SETTINGS).map(Setting),
    )


def settle():
    """Give the process that attacks names of namespaces of its own, as a container's mounts are its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x20000):
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)


def commit(deeds_done):
    """Do these things, to be called in the container. Many of them are refused, which is no matter."""
    for kind, together in itertools.groupby(deeds_done, _program):
        _DO[kind[0]](kind, list(together))


def _program(deed):
    family = deed.words[:2] if isinstance(deed, Ip) and deed.words[0] == "-" else "-0"
    return type(deed), family


def _call_ip(kind, together):
    lines = [deed.words.format(home=os.getpid()) for deed in together]
    family = [kind[1]] if kind[1] != "-0" else []
    text = "".join((line[3:] if family else line) + "\n" for line in lines)
    subprocess.run(["ip", *family, "-force", "-batch", "-"], input=text, text=True, capture_output=True, check=False)


def _send(_kind, together):
    for deed in together:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
            try:
                wire.bind(("eth0", 0))
                wire.send(FORGERIES[deed.name])
            except OSError:
                continue  # There is no such interface now.


def _set(_kind, together):
    for deed in together:
        path, value = deed.text.split("=")
        try:
            with open("/proc/sys/net/" + path, "w", encoding="ascii") as file:
                file.write(value)
        except OSError:
            continue


_DO = {Ip: _call_ip, Frame: _send, Setting: _set}


_TIDY = """
netns delete inner
link property del dev eth0 altname x0
link property del dev eth0 altname x1
link property del dev eth0 altname eth1
link delete x0
link delete x1
link delete eth1
link set eth0 promisc off arp on
route flush table 100
route flush table 26728
rule flush
rule delete priority 0
rule delete priority 0
rule delete priority 0
rule add priority 0 table local
rule add priority 32766 table main
rule add priority 32767 table default
"""
_USUAL = tuple(text.replace("=1", "=0").replace("=8", "=0") for text in SETTINGS)


def tidy_up():
    """Take back what is no matter to the host, and would be part of all later examples."""
    for family in ("-4", "-6"):
        commit([Ip("%s %s" % (family, line)) for line in _TIDY.strip().splitlines()])
    commit([Setting(text) for text in _USUAL])
