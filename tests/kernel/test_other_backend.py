# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host's ``iptables`` is switched from one backend to the other: rules of ours follow it."""

from __future__ import annotations

import pytest
from interruption import failed_at, killed_at
from networks import CONTAINERS, PORT, remove_everything, web
from peers import foreign_rules, forwarding, works

from hosts.child import ChildFailed

A = CONTAINERS["container-a"]
OTHER = {"nft": "legacy", "legacy": "nft"}


@pytest.fixture
def switched(lab):
    """Our network in the backend that is no longer the host's; gives the lab, with both names."""
    host = lab.host
    lab.first, lab.second = host.iptables, OTHER[host.iptables]
    lab.a, _other = web(host)
    host.module("port_publish", **PORT)
    host.run("iptables -A HOSTNET-USER -s 203.0.113.7 -j DROP")
    lab.a.serve_tcp(80, "I am ours")
    use(host, lab.second)
    return lab


def use(host, backend):
    """What update-alternatives does."""
    for family in ("iptables", "ip6tables"):
        for suffix in ("", "-save", "-restore"):
            target = "/usr/sbin/%s-%s%s" % (family, backend, suffix)
            host.run(["ln", "-sfn", target, "/etc/alternatives/%s%s" % (family, suffix)])


def ours_in(host, backend):
    """Lines of ours in both families of a backend, without counters."""
    text = "".join(host.run("%s-%s-save" % (family, backend)).stdout for family in ("iptables", "ip6tables"))
    return sorted(line.split(" [")[0] for line in text.splitlines() if "HOSTNET-" in line)


def policies(host):
    """The policy of the IPv4 chain FORWARD in the first and in the second backend of `OTHER`."""
    saved = [host.run("iptables-%s-save -t filter" % backend).stdout for backend in OTHER]
    return [next((line.split()[1] for line in text.splitlines() if ":FORWARD" in line), "ACCEPT") for text in saved]


def test_rules_move_with_all_that_they_stand_for(switched):
    host = switched.host
    before = ours_in(host, switched.first)
    moved = [
        "move the IPv%d rules of this collection from %s-%s to %s-%s"
        % (family, program, switched.first, program, switched.second)
        for family, program in ((4, "iptables"), (6, "ip6tables"))
    ]
    foretold = host.module("masquerade", check=True, source="10.20.0.0/24")
    assert foretold["actions"] == moved
    assert ours_in(host, switched.first) == before
    assert host.module("masquerade", source="10.20.0.0/24")["actions"] == moved
    assert ours_in(host, switched.second) == before
    assert ours_in(host, switched.first) == []
    assert sorted(policies(host)) == ["ACCEPT", "DROP"]
    assert not host.module("port_publish", **PORT)["changed"]
    assert not host.module("forwarding", bridge="web")["changed"]
    assert works(switched, 8888, switched.a, "I am ours")


def test_a_change_and_the_move_come_in_one_run(switched):
    host = switched.host
    actions = host.module("port_publish", host_port=9999, container_ip=A, container_port=80)["actions"]
    assert actions[0] == "publish tcp 9999 -> 10.20.0.2:80"
    assert "move the IPv4 rules" in actions[1]
    assert works(switched, 8888, switched.a, "I am ours")
    assert works(switched, 9999, switched.a, "I am ours")


def test_removal_finds_the_rules_in_the_other_backend(switched):
    host = switched.host
    host.run("iptables-%s -F HOSTNET-USER" % switched.first)
    remove_everything(host)
    assert policies(host) == ["ACCEPT", "ACCEPT"]
    use(host, switched.first)
    assert host.leaks() == []
    use(host, switched.second)
    assert host.leaks() == []


def test_back_and_forth_changes_nothing(switched):
    host = switched.host
    before = [ours_in(host, backend) for backend in OTHER]
    host.module("masquerade", source="10.20.0.0/24")
    use(host, switched.first)
    host.module("masquerade", source="10.20.0.0/24")
    assert [ours_in(host, backend) for backend in OTHER] == before
    assert works(switched, 8888, switched.a, "I am ours")


@pytest.mark.parametrize("moment", range(1, 5))
def test_a_move_that_fails_is_taken_back_and_one_that_is_killed_is_ended_by_the_next_run(switched, moment):
    host = switched.host
    before = [ours_in(host, backend) for backend in OTHER], policies(host)
    call = ("masquerade", {"source": "10.20.0.0/24"})
    _count, (result,) = host.python(failed_at, moment, [call])
    assert "injected failure" in result["msg"]
    assert ([ours_in(host, backend) for backend in OTHER], policies(host)) == before
    with pytest.raises(ChildFailed):
        host.python(killed_at, moment, [call])
    host.module(call[0], **call[1])
    assert ours_in(host, switched.first) == []
    assert ours_in(host, switched.second) == sum(before[0], [])
    assert sorted(policies(host)) == ["ACCEPT", "DROP"]
    assert works(switched, 8888, switched.a, "I am ours")


def test_rules_of_others_in_the_other_backend_stay_and_their_policy_is_reported(lab):
    host = lab.host
    first, second = host.iptables, OTHER[host.iptables]
    host.run("iptables -A FORWARD -i docker9 -j ACCEPT")
    host.run("iptables -t nat -A POSTROUTING -s 10.99.0.0/24 -j MASQUERADE")
    host.run("iptables -P FORWARD DROP")
    host.run("sysctl -q net.ipv4.ip_forward=1")
    web(host)
    host.module("port_publish", **PORT)
    rules = foreign_rules(host)
    use(host, second)
    result = host.module("masquerade", source="10.20.0.0/24")
    assert "chain FORWARD of iptables-%s has the policy DROP" % first in str(result["warnings"])
    assert ours_in(host, first) == []
    assert foreign_rules(host) == rules
    remove_everything(host)
    assert foreign_rules(host) == rules
    assert forwarding(host) == "1"
    assert sorted(policies(host)) == ["ACCEPT", "DROP"]


def test_forwarding_stays_on_for_users_of_the_other_backend(lab):
    host = lab.host
    web(host)
    host.run("iptables-%s -A FORWARD -i docker9 -j ACCEPT" % OTHER[host.iptables])
    remove_everything(host)
    assert forwarding(host) == "1"
