# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forwarding policies: written into rules and read back, whatever their options; and what is refused."""

from __future__ import annotations

import dataclasses
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid
from model.declaring import declare, on, run
from model.memory_host import empty_host

NETWORKS = st.ip_addresses().flatmap(
    lambda ip: st.integers(0, ip.max_prefixlen).map(
        lambda length: str(ipaddress.ip_network("%s/%d" % (ip, length), strict=False))
    )
)
POLICIES = st.fixed_dictionaries(
    {"isolate": st.booleans(), "internal": st.booleans(), "icc": st.booleans()},
    optional={
        "host_access": st.sampled_from(["all", "published", "none"]),
        "deny_destinations": st.lists(NETWORKS, max_size=5),
    },
)


def host_with_bridges():
    host = empty_host()
    on(host, "Bridge", name="web", addresses=["10.20.0.1/24", "fd00:20::1/64"])
    on(host, "Bridge", name="four", addresses=["10.30.0.1/24"])
    on(host, "Bridge", name="bare")
    return host


@given(st.lists(POLICIES, min_size=3, max_size=3), st.lists(POLICIES, min_size=3, max_size=3))
def test_policies_are_read_back_from_their_rules_as_they_were_declared(before, after):
    host = host_with_bridges()
    empty = host.state
    names = ("web", "four", "bare")
    for policies in (before, after):
        wanted = declare("Forwarding", bridges=[dict(policy, bridge=name) for name, policy in zip(names, policies)])
        plan = run(host, wanted)
        assert plan.changed == bool(plan.actions)
        found = host.observe(None).services.policies
        assert found == {
            item.bridge: dataclasses.replace(item, host_access=item.host_access_beyond_default)
            for item in wanted.present
        }
        assert not run(host, wanted).changed
    run(host, declare("Forwarding", purge=True, bridges=[]))
    assert host.state.firewall == empty.firewall


def test_a_list_of_one_family_is_told_once_and_by_the_rules_that_change():
    host = host_with_bridges()
    on(host, "Forwarding", bridge="web")
    told = on(host, "Forwarding", bridge="web", deny_destinations=["fd00:99::/64"]).actions
    policy = "isolate=yes internal=no icc=yes direct_access=no deny_destinations=fd00:99::/64"
    assert told == ["set forwarding of bridge web: " + policy]


def test_to_say_the_default_changes_nothing():
    host = host_with_bridges()
    on(host, "Forwarding", bridge="web")
    assert not on(host, "Forwarding", bridge="web", host_access="all", deny_destinations=[]).changed
    assert on(host, "Forwarding", bridge="web", host_access="all", internal=True).changed
    assert on(host, "Forwarding", bridge="web", internal=True).changed


def test_link_local_subnets_of_ipv4_are_subnets():
    host = empty_host()
    on(host, "Network", name="web", subnets=["169.254.10.0/24"])
    (first, *_others) = host.state.firewall[4].table("filter").chains["HOSTNET-FROM-br-web"]
    assert (first.option("-s"), first.target) == ("169.254.10.0/24", "RETURN")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("10.0.0.1/8", "10.0.0.1/8 has host bits set; write 10.0.0.0/8"),
        ("metadata", "'metadata' is not a network"),
        ("10.0.0.0/33", "'10.0.0.0/33' is not a network"),
    ],
)
@pytest.mark.parametrize("kind", ["Forwarding", "Network"])
def test_a_destination_that_is_no_network_is_refused(kind, value, message):
    key = {"Forwarding": {"bridge": "web"}, "Network": {"name": "web", "subnets": ["10.20.0.0/24"]}}[kind]
    with pytest.raises(Invalid, match="deny_destinations: .*%s" % message.replace(".", "[.]")):
        declare(kind, deny_destinations=[value], **key)


def test_a_dns_server_that_nobody_may_reach_is_refused():
    with pytest.raises(Invalid, match="host_access: none closes the network's DNS server, too"):
        declare("Network", name="web", subnets=["10.20.0.0/24"], dns=True, host_access="none")


def test_a_network_hands_both_options_on_and_keeps_them_on_record():
    host = empty_host()
    options = {"name": "web", "subnets": ["10.20.0.0/24"]}
    on(host, "Network", **options, host_access="published", deny_destinations=["169.254.169.254/32", "::/0"])
    (policy,) = host.observe(None).services.policies.values()
    assert (policy.host_access, [str(item) for item in policy.deny_destinations]) == (
        "published",
        ["169.254.169.254/32", "::/0"],
    )
    assert host.observe(None).networks["web"].host_access == "published"
    assert on(host, "Network", **options).changed
    (policy,) = host.observe(None).services.policies.values()
    assert (policy.host_access, policy.deny_destinations) == (None, ())


def test_the_walls_cost_no_more_with_ten_thousand_ports():
    def walls(count):
        host = host_with_bridges()
        on(host, "Forwarding", bridge="web", host_access="published", deny_destinations=["192.0.2.0/24"])
        ports = ["%d:80" % port for port in range(10000, 10000 + count)]
        on(host, "PortPublish", container_ip="10.20.0.2", ports=ports)
        tables = host.state.firewall[4]
        return tables.table("filter").ours(), tables.table("raw").ours(), tables.table("nat").chains["PREROUTING"]

    assert walls(1) == walls(10000)
