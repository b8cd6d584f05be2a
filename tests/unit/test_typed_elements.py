# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every option of every element of every module, given wrongly: it is typed as Ansible types it, or refused by path."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hostnet.containers.plugins.module_utils.ansible_module import TypedByAnsible
from ansible_collections.hostnet.containers.plugins.module_utils.declare.bridge import Bridge
from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding
from ansible_collections.hostnet.containers.plugins.module_utils.declare.masquerade import Masquerade
from ansible_collections.hostnet.containers.plugins.module_utils.declare.module_options import (
    declaration_of,
    module_spec,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.netns import Netns
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import Elements
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish
from ansible_collections.hostnet.containers.plugins.module_utils.declare.veth_pair import VethPair
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid

pytestmark = pytest.mark.wide

VALID = {
    Netns: {"name": "a"},
    Bridge: {"name": "web"},
    VethPair: {"netns": "a", "addresses": ["10.20.0.2/24"]},
    Forwarding: {"bridge": "web"},
    Masquerade: {"source": "10.20.0.0/24"},
    PortPublish: {"host_port": 8080, "container_ip": "10.20.0.2"},
    Network: {"name": "web", "subnets": ["10.20.0.0/24"]},
}
# What is needed beside an option that is put into an element further down.
ELEMENT = {"routes": {"to": "192.0.2.0/24"}, "containers": {"name": "a"}, "ports": {"host_port": 1}, "networks": {}}
WRONG = [
    *(None, True, False, 0, 1, -1, 2, 133342, 41135085282, 10**30, 1.5, float("nan")),
    *("", " ", "no", "TCP", "tcp", "100", "0x10", "10.20", "a\0b", "a\nb", "\ud800", "%", "ÿ", "٣", "1" * 500),
    *([], [None], [1], [True], ["x", ["y"]], [[]], [{}], {}, {"a": None}, {None: 1}, {1: 2}, [{"name": None}]),
]


def options_below(spec, path=()):
    """Yield the path and the spec of each option, those of elements included."""
    for name, found in spec.items():
        yield (*path, name), found
        inner = found.get("options") or inner_spec(path, name)
        if inner and len(path) < 3:
            yield from options_below(inner, (*path, name))


def inner_spec(path, name):
    """The spec of elements that may be text, which Ansible does not see."""
    if name == "ports":
        return Elements(PortPublish, without=("container_ip", "bridge") if "containers" in path else ()).spec
    if name == "networks" and "containers" in path:
        return {"name": {"type": "str"}, "addresses": {"type": "list", "elements": "str"}, "mac": {"type": "str"}}
    return None


CASES = [(kind, path) for kind in VALID for path, _spec in options_below(module_spec(kind))]


def with_value(options, path, value):
    """Return options with a value at a path; each list on the way has one element."""
    name, *below = path
    if not below:
        return {**options, name: value}
    return {**options, name: [with_value(dict(ELEMENT.get(name, {})), below, value)]}


class RefusedByAnsible(Exception):
    """`AnsibleModule` refuses the options; the sentence is its own."""


def call(kind, options):
    """What a module makes of options: the declaration, or the message."""
    result = ArgumentSpecValidator(module_spec(kind)).validate(options)
    if result.error_messages:
        raise RefusedByAnsible(result.error_messages[0])
    try:
        return declaration_of(kind, result.validated_parameters, typed=TypedByAnsible()), ""
    except Invalid as error:
        return None, str(error)


def base_of(kind, path):
    """Valid options in which the path can be set."""
    base = dict(VALID[kind])
    if path[0] == kind.LIST:
        for key in kind.KEY[:1]:
            base.pop(key, None)
        if len(path) > 1:
            return {**base, kind.LIST: [dict(VALID[kind])]}
    return base


def placed(kind, path, value):
    """Valid options of a module with one value at a path."""
    base = base_of(kind, path)
    if path[0] != kind.LIST or len(path) == 1:
        return with_value(base, path, value)
    return {**base, kind.LIST: [with_value(dict(VALID[kind]), path[1:], value)]}


@pytest.mark.parametrize(("kind", "path"), CASES, ids=lambda part: getattr(part, "__name__", None) or ".".join(part))
def test_any_value_is_accepted_or_refused_by_a_sentence_that_names_the_option(kind, path):
    for value in WRONG:
        # Options come to a module as JSON, whose keys are text.
        options = json.loads(json.dumps(placed(kind, path, value)))
        try:
            declared, message = call(kind, options)
        except RefusedByAnsible:
            continue
        assert "\n" not in message, value
        assert declared is not None or path[-1] in message or "is required" in message, (value, message)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (
            PortPublish,
            {"protocol": "TCP"},
            "ports[0].protocol: value of protocol must be one of: tcp, udp, sctp, got: TCP",
        ),
        (PortPublish, {"hairpin": "maybe"}, "ports[0].hairpin: argument 'hairpin' is of type str"),
        (PortPublish, {"hairpins": True}, "ports[0]: has no option hairpins; use allowed_sources, bridge"),
        (
            PortPublish,
            {"allowed_sources": {"a": 1}},
            "ports[0].allowed_sources: argument 'allowed_sources' is of type dict",
        ),
        (PortPublish, {"allowed_sources": [1]}, "ports[0].allowed_sources: '1' is not a network"),
    ],
)
def test_elements_that_may_be_text_are_typed_by_ansible(kind, options, message):
    _declared, told = call(kind, {"container_ip": "10.20.0.2", "ports": [{"host_port": 1, **options}]})
    assert told.startswith(message)
    containers = [{"name": "a"}, {"name": "b", "ports": ["1:1", {"host_port": 2, **options}]}]
    _declared, told = call(
        Network,
        {"networks": [{"name": "db", "subnets": ["10.30.0.0/24"]}, {**VALID[Network], "containers": containers}]},
    )
    path, _colon, rest = message.partition(": ")
    assert told.startswith(path.replace("ports[0]", "networks[1].containers[1].ports[1]") + ": " + rest[:20])


def test_what_ansible_converts_has_the_meaning_that_ansible_gives_it():
    element = {"host_port": 8080, "hairpin": "no", "allowed_sources": "192.0.2.0/24,198.51.100.0/24"}
    (port,) = call(PortPublish, {"container_ip": "10.20.0.2", "ports": [element]})[0].present
    assert (str(port.host_port), port.hairpin, len(port.allowed_sources)) == ("8080", False, 2)
    container = {"name": "a", "ports": [element], "networks": [{"name": 7, "addresses": "10.30.0.2"}, "db"]}
    (network,) = call(Network, {**VALID[Network], "containers": [container]})[0].present
    assert network.containers[0].ports[0].hairpin is False
    assert [item.name for item in network.containers[0].networks] == ["7", "db"]


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (PortPublish, {"container_ip": "10.20.0.2", "ports": [133342]}, 'quote what you mean: "2222:22"'),
        (PortPublish, {"container_ip": "10.20.0.2", "ports": 133342}, 'quote what you mean: "2222:22"'),
        (PortPublish, {"container_ip": "10.20.0.2", "ports": [1342]}, 'quote what you mean: "22:22" or "1342"'),
        (Network, {"containers": [{"name": "a", "ports": [133342]}]}, "containers[0].ports[0]: 133342 is a number"),
        (Network, {"containers": [{"name": "a", "mac": 41135085282}]}, 'quote it, "52:54:00:12:34:42"'),
        (VethPair, {"netns": "a", "mac": 41135085282}, 'quote it, "52:54:00:12:34:42"'),
        (Bridge, {"name": "web", "mac": 41135085282}, 'quote it, "52:54:00:12:34:42"'),
        (Bridge, {"name": "web", "addresses": [10.20]}, "addresses: '10.2' has no prefix length"),
        (PortPublish, {"host_port": 1, "container_ip": 10.20}, "it is a number: quote it"),
        (Network, {"containers": [{"name": "a", "networks": [7]}]}, "containers[0].networks[0]: 7 is no network"),
    ],
)
def test_a_number_where_text_was_meant_is_to_be_quoted(kind, options, message):
    base = VALID[Network] if kind is Network else {}
    declared, told = call(kind, {**base, **options})
    assert declared is None
    assert message in told


@pytest.mark.parametrize("value", ["fe80::1%eth0", "fe80::1%a\n-A FORWARD -j ACCEPT", "fd00::1%1/64"])
def test_a_zone_of_an_address_is_refused(value):
    for kind, path in (
        (PortPublish, ("container_ip",)),
        (PortPublish, ("host_ip",)),
        (PortPublish, ("allowed_sources", 0)),
        (Bridge, ("addresses", 0)),
        (VethPair, ("gateways", 0)),
        (Masquerade, ("to_source",)),
        (Network, ("subnets", 0)),
    ):
        given = [value] if len(path) > 1 else value
        _declared, told = call(kind, {**VALID[kind], path[0]: given})
        assert path[0] in told
        assert "zone" in told or "prefix length" in told


@pytest.mark.parametrize(
    ("text", "port", "target", "protocol"),
    [("8080", "8080", "8080", "tcp"), ("53/udp", "53", "53", "udp"), ("8000-8002", "8000-8002", "8000-8002", "tcp")],
)
def test_one_port_alone_is_that_of_both_sides(text, port, target, protocol):
    (found,) = call(PortPublish, {"container_ip": "10.20.0.2", "ports": [text]})[0].present
    assert (str(found.host_port), str(found.target_port), found.protocol) == (port, target, protocol)
