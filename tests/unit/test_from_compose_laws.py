# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Laws of `from_compose`: whatever a file looks like, the module takes what comes out, or the key is named."""

from __future__ import annotations

import copy
import json

import pytest
from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostnet.containers.plugins.filter.from_compose import from_compose
from ansible_collections.hostnet.containers.plugins.filter.from_compose_warnings import from_compose_warnings
from ansible_collections.hostnet.containers.plugins.module_utils.ansible_module import TypedByAnsible
from ansible_collections.hostnet.containers.plugins.module_utils.declare.module_options import (
    declaration_of,
    module_spec,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose import keys

pytestmark = pytest.mark.wide
MANY = examples(120)

NETWORKS = ("front", "back", "six", "inside", "default")
SERVICES = ("web", "db", "cache", "job")
SUBNETS = {
    "front": [{"subnet": "10.20.0.0/24"}],
    "back": [{"subnet": "10.30.0.0/24", "gateway": "10.30.0.9", "ip_range": "10.30.0.64/26"}],
    "six": [{"subnet": "10.40.0.0/28"}, {"subnet": "fd00:40::/64"}],
}
STATIC = {
    "front": {"ipv4_address": "10.20.0.%d"},
    "back": {"ipv4_address": "10.30.0.%d"},
    "six": {"ipv6_address": "fd00:40::%d"},
}
JUNK = st.one_of(
    *(st.none(), st.booleans(), st.integers(-5, 10**10), st.floats(), st.text(max_size=6), st.just([[]])),
    st.sampled_from(["a", "10.20.0.2", "80:80", "$", "${A", "${A:-1}", "%", "fd00::1/64", "\n", "service:web", "0"]),
    st.lists(st.sampled_from(["a", 1, None, {}]), max_size=2),
    st.dictionaries(st.sampled_from(["a", "x-a", "name", "subnet", "target"]), st.sampled_from([None, 1, "a", {}])),
)


@st.composite
def networks(draw):
    found = {}
    for name in NETWORKS[:4]:
        options = {"ipam": {"config": SUBNETS[name]}} if name in SUBNETS and draw(st.booleans()) else {}
        if name == "six":
            options["enable_ipv6"] = True
        if name == "inside":
            options["internal"] = True
        if draw(st.booleans()):
            options["driver_opts"] = draw(
                st.dictionaries(
                    st.sampled_from(["com.docker.network.driver.mtu", "mtu"]), st.sampled_from([1400, "9000"])
                )
            )
        found[name] = options or None
    return found


@st.composite
def files(draw):
    made = draw(networks())
    services = {}
    for number, name in enumerate(draw(st.lists(st.sampled_from(SERVICES), unique=True)), start=2):
        joined = {}
        for key in draw(st.lists(st.sampled_from(NETWORKS[:4]), unique=True)):
            options = draw(st.dictionaries(st.sampled_from(["priority", "gw_priority"]), st.integers(0, 3), max_size=2))
            if made[key] and "ipam" in made[key] and draw(st.booleans()):
                options.update({option: text % number for option, text in STATIC[key].items()})
            if draw(st.booleans()):
                options["aliases"] = draw(st.lists(st.sampled_from(["sql", "db", "x.example"]), max_size=2))
            joined[key] = options or None
        port = draw(st.sampled_from(["80%d:80", "127.0.0.1:80%d:81/udp", "81%d-81%d:90"]))
        services[name] = {
            "networks": joined,
            "ports": [port.replace("%d", str(number))] if draw(st.booleans()) else [],
            "sysctls": draw(st.sampled_from([None, ["net.core.somaxconn=1"], {"kernel.shmmax": 1}])),
        }
        if draw(st.integers(0, 4)) == 0:
            services[name] = {"network_mode": draw(st.sampled_from(["none", "host", "bridge"]))}
    return {"services": services, "networks": made}


def accepted(networks):
    """Type and check networks as the module does; raises what the module would say."""
    spec = module_spec(Network)
    result = ArgumentSpecValidator(spec).validate({"networks": networks})
    assert not result.error_messages
    return declaration_of(Network, result.validated_parameters, typed=TypedByAnsible())


@MANY
@given(files())
def test_the_module_takes_what_comes_out(file):
    before = copy.deepcopy(file)
    found = from_compose(file)
    assert file == before
    declared = accepted(found).present
    assert [item.name for item in declared] == [item["name"] for item in found]
    assert from_compose(json.dumps(file)) == from_compose(file)


@MANY
@given(files())
def test_every_service_is_a_container_or_is_named(file):
    containers = [item["name"] for network in from_compose(file) for item in network["containers"]]
    assert len(containers) == len(set(containers))
    left_out = set(file["services"]) - set(containers)
    sentences = from_compose_warnings(file)
    assert all(any(sentence.startswith("services.%s: " % name) for sentence in sentences) for name in left_out)


@MANY
@given(files(), st.randoms(use_true_random=False))
def test_subnets_do_not_depend_on_the_order_or_on_services(file, random):
    shuffled = list(file["networks"])
    random.shuffle(shuffled)
    other = {"networks": {name: file["networks"][name] for name in shuffled}}
    subnets = {item["name"]: item["subnets"] for item in from_compose(file)}
    assert {item["name"]: item["subnets"] for item in from_compose(other)}.items() <= subnets.items()


@MANY
@given(st.data())
def test_no_value_does_anything_but_be_refused(data):
    """Any value at any key: a sentence of ours, or something that the module takes."""
    kind = data.draw(st.sampled_from(["service", "join", "port", "network", "config", "ipam"]))
    known = {
        "service": keys.SERVICE | frozenset(keys.NAMED),
        "join": keys.JOIN,
        "port": keys.PORT,
        "network": keys.NETWORK,
        "config": keys.IPAM_CONFIG,
        "ipam": keys.IPAM,
    }[kind]
    values = data.draw(st.dictionaries(st.sampled_from(sorted(known)), JUNK, min_size=1, max_size=3))
    services, made = {"a": {}}, {"net": {"ipam": {"config": SUBNETS["front"]}}}
    if kind == "service":
        services["b"] = values
    elif kind == "join":
        services["b"] = {"networks": {"net": values}}
    elif kind == "port":
        services["b"] = {"ports": [{"target": 80, "published": 80, **values}]}
    elif kind == "network":
        made["net"] = values
    else:
        made["net"] = {"ipam": values if kind == "ipam" else {"config": [{"subnet": "10.20.0.0/24", **values}]}}
    try:
        found = from_compose({"services": services, "networks": made})
    except AnsibleFilterError as error:
        assert str(error).startswith(("from_compose: services", "from_compose: networks"))
        return
    accepted(found)
