# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report reads no more of a host than what is asked for, and tells what a run with declared networks would change."""

from __future__ import annotations

import dataclasses
import ipaddress

import pytest

from ansible_collections.hostnet.containers.plugins.module_utils.declare.declaration import Declaration
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.listening_sockets import Listener
from ansible_collections.hostnet.containers.plugins.module_utils.report.gathering import PARTS, gather
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Link
from ansible_collections.hostnet.containers.plugins.module_utils.state.observation_needs import ObservationNeeds
from model.declaring import declare, on, run
from model.memory_host import empty_host

WEB = {"name": "web", "subnets": ["10.20.0.0/24"], "containers": [{"name": "a", "ports": ["8888:80"]}]}
DB = {"name": "db", "subnets": ["10.30.0.0/24"], "internal": True, "containers": [{"name": "data"}]}
# A container on two networks.
PROXY = {"name": "front", "subnets": ["10.40.0.0/24"], "containers": [{"name": "proxy", "networks": ["db"]}]}


@pytest.fixture
def host():
    return empty_host()


def networks(*options, **params):
    """The declaration of a list of networks."""
    return declare("Network", networks=list(options), purge=True, **params)


def drift(host, *options):
    """The drift from these networks, by network."""
    found = gather(host, ["drift"], declaration=networks(*options))["drift"]
    assert len({item["network"] for item in found}) == len(found)
    return {item["network"]: item["repair"] for item in found}


class Asked:
    """A host that notes what is asked of it."""

    def __init__(self, host):
        self._host = host
        self.needs = ObservationNeeds()

    def observe(self, needs):
        self.needs |= needs
        return self._host.observe(needs)


@pytest.mark.parametrize(
    ("part", "read"),
    [
        ("networks", {"files"}),
        ("bridges", {"links", "inventory"}),
        ("namespaces", {"links", "inventory", "owned_namespaces", "sysctls"}),
        ("ports", {"links", "firewall"}),
        ("rules", {"links", "firewall"}),
        ("forwarding", {"links", "firewall", "sysctls", "forwarding"}),
        ("drift", {"links", "firewall", "sysctls", "files", "owned_namespaces", "routes", "forwarding"}),
    ],
)
def test_what_is_not_asked_for_is_not_read(host, part, read):
    on(host, "Network", **WEB)
    asked = Asked(host)
    assert set(gather(asked, [part])) == {part}
    assert {field.name for field in dataclasses.fields(asked.needs) if getattr(asked.needs, field.name)} == read


def test_all_parts_are_told_by_default(host):
    assert set(gather(host)) == set(PARTS)


def test_what_is_declared_and_not_there_is_drift_by_network(host):
    found = drift(host, WEB, DB)
    assert list(found) == ["db", "web"]
    assert "create bridge br-web" in found["web"] and "create bridge br-db" in found["db"]
    assert "publish tcp 8888 -> 10.20.0.2:80" in found["web"]
    assert not [line for line in found["db"] if "web" in line or "8888" in line]


@pytest.mark.parametrize("options", [(WEB,), (WEB, DB), (DB, PROXY)], ids=["one", "two", "attached"])
def test_every_step_of_a_run_is_told_and_nothing_else(host, options):
    told = {line for lines in drift(host, *options).values() for line in lines}
    assert told == set(run(host, networks(*options), check=True).actions)
    run(host, networks(*options))
    assert drift(host, *options) == {}


def test_one_network_is_told_as_a_run_does(host):
    assert drift(host, WEB) == {"web": run(host, networks(WEB), check=True).actions}


def test_a_network_that_is_as_declared_has_no_part_in_the_drift_of_another(host):
    run(host, networks(WEB))
    assert list(drift(host, WEB, DB)) == ["db"]


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"internal": True, "containers": [{"name": "a"}]}, "stop masquerading 10.20.0.0/24"),
        ({"containers": []}, "delete namespace a"),
        ({"containers": [{"name": "a", "ports": ["9:80"]}]}, "withdraw tcp 8888 -> 10.20.0.2:80"),
        ({"mtu": 1400}, "set mtu of br-web: 1500 -> 1400"),
        ({"state": "absent"}, "delete bridge br-web"),
    ],
)
def test_a_changed_declaration_is_drift_though_the_host_is_as_on_record(host, changed, line):
    run(host, networks({**WEB, "mtu": 1500}, DB))
    assert gather(host, ["drift"])["drift"] == []
    found = drift(host, {**WEB, "mtu": 1500, **changed}, DB)
    assert list(found) == ["web"] and line in found["web"]


def test_what_is_on_record_and_not_declared_is_compared_with_its_record(host):
    run(host, networks(WEB, DB))
    host.state = host.state.with_link(dataclasses.replace(host.state.links["br-db"], up=False))
    assert list(drift(host, WEB)) == ["db"]
    found = gather(host, ["drift"], "web", networks(WEB))["drift"]
    assert found == [], "a name narrows it"


def test_a_host_that_cannot_have_what_is_declared_says_so_in_the_drift(host):
    host.state = host.state.with_link(Link("br-web", kind="bridge", index=7))
    found = drift(host, WEB, DB)
    (line,) = [line for lines in found.values() for line in lines]
    assert line.startswith("cannot be repaired: ") and "br-web" in line


def test_a_port_that_a_process_holds_is_told_too(host):
    host.listening["tcp", 8888] = Listener(ipaddress.ip_address("0.0.0.0"), "nginx", 4711)
    (repair,) = drift(host, WEB).values()
    assert repair[0].startswith("cannot be repaired: host_port 8888 (tcp) is in use by process nginx (pid 4711)")


def test_a_list_that_declares_nothing_leaves_the_drift_from_the_records(host):
    run(host, networks(WEB))
    host.state = host.state.without_link("br-web")
    (item,) = gather(host, ["drift"], declaration=Declaration())["drift"]
    assert item["network"] == "web"


def test_a_comparison_that_is_left_out_is_refused(host):
    with pytest.raises(Invalid, match="declared: .*add drift to gather"):
        gather(host, ["ports"], declaration=networks(WEB))
