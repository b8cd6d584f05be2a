# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parsers: what they accept, and that they refuse all else by a ValueError."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostnet.containers.plugins.module_utils.declare import address, name, number, short_form
from model.declaring import declare

PARSERS = [
    name.interface_name,
    name.namespace_name,
    name.owner_name,
    number.port_range,
    number.rate,
    number.size,
    address.address,
    address.network,
    address.interface_address,
    address.mac,
    short_form.expand,
]


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.__name__)
@given(text=st.text())
def test_any_text_is_parsed_or_refused(parser, text):
    try:
        parser(text)
    except ValueError as error:
        assert str(error)


@given(text=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}", fullmatch=True))
def test_good_interface_names_are_kept(text):
    if text not in ("all", "default", "lo"):
        assert name.interface_name(text) == text


@given(text=st.text(min_size=1), parser=st.sampled_from([name.interface_name, name.namespace_name]))
def test_no_accepted_name_can_mean_anything_else(text, parser):
    try:
        accepted = parser(text)
    except ValueError:
        return
    assert accepted == text
    assert not set(text) & set(" /\\\n\t\"'`$;&|<>(){}*?[]!#~")
    assert text[0] not in ".-"


@given(first=st.integers(1, 65535), last=st.integers(1, 65535))
def test_port_ranges_keep_their_bounds(first, last):
    if first <= last:
        parsed = number.port_range("%d-%d" % (first, last))
        assert (parsed.first, parsed.last, len(parsed)) == (first, last, last - first + 1)
        assert number.port_range(str(parsed)) == parsed


@given(st.ip_addresses(), st.integers(1, 65535), st.integers(1, 65535), st.sampled_from(["", "/tcp", "/udp", "/sctp"]))
def test_the_short_form_says_what_docker_means(host_ip, host_port, container_port, protocol):
    host = "[%s]" % host_ip if host_ip.version == 6 else str(host_ip)
    options = short_form.expand("%s:%d:%d%s" % (host, host_port, container_port, protocol))
    assert ipaddress.ip_address(options["host_ip"]) == host_ip
    assert options["host_port"] == str(host_port)
    assert options["container_port"] == str(container_port)
    assert options.get("protocol", "tcp") == (protocol[1:] or "tcp")


def test_rates_and_sizes_have_units():
    assert number.rate("10mbit") == 10_000_000
    assert number.rate("1.5Gbit") == 1_500_000_000
    assert number.size("64k") == 65536
    assert number.size("1m") == 2**20


def test_an_option_beside_a_list_holds_for_every_element():
    declared = declare(
        "PortPublish",
        container_ip="10.20.0.2",
        hairpin=False,
        ports=["8080:80", {"host_port": "53", "protocol": "udp", "hairpin": True}],
    )
    tcp, udp = declared.present
    assert (str(tcp.host_port), str(tcp.container_port), tcp.hairpin) == ("8080", "80", False)
    assert (udp.protocol, udp.hairpin, str(udp.container_ip)) == ("udp", True, "10.20.0.2")


def test_elements_can_say_absent_for_themselves():
    declared = declare("Netns", namespaces=[{"name": "a"}, {"name": "b", "state": "absent"}])
    assert [item.name for item in declared.present] == ["a"]
    assert [item.name for item in declared.absent] == ["b"]


def test_the_derived_names_and_addresses_are_stable():
    (pair,) = declare("VethPair", netns="container-a", bridge="web", addresses=["10.20.0.2/24"]).present
    assert pair.host_end == "veth1169b8fe"
    assert pair.hardware_address == "02:42:0a:14:00:02"
    (six,) = declare("VethPair", netns="container-a", addresses=["fd00::2/64"]).present
    assert six.hardware_address.startswith("02:42:")
    assert (
        six.hardware_address
        == declare("VethPair", netns="container-a", addresses=["fd00::2/64"]).present[0].hardware_address
    )


def test_what_the_kernel_would_choose_anyway_is_not_declared():
    declared = declare(
        "VethPair",
        netns="a",
        addresses=["10.20.0.2/24", "fd00::2/64"],
        routes=[{"to": "198.51.100.0/24", "metric": 0}, {"to": "2001:db8::/64", "via": "fd00::1", "metric": 1024}],
        rate_to_container="8001bit",
    ).present[0]
    assert [route.metric for route in declared.routes] == [None, None]
    assert declared.rate_to_container == 8000
