# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links: what is made is what is then observed; what is not ours stays as it is."""

from __future__ import annotations

import dataclasses

import pytest
from kernel_steps import BRIDGE, HOST_END, PEER, as_told, container, observed, performed, refusal

from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Link
from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import (
    ChangeLink,
    CreateBridge,
    CreateVeth,
    DeleteLink,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespaces import CreateNamespace

SETTINGS = {"stp": True, "forward_delay": 4, "ageing_time": 10, "multicast_snooping": False}
FORMER_SETTINGS = {"stp": False, "forward_delay": 15, "ageing_time": 300, "multicast_snooping": True}


def changed(link, **fields):
    return dataclasses.replace(link, **fields)


@pytest.mark.parametrize(
    "bridge",
    [
        BRIDGE,
        changed(BRIDGE, bridge=SETTINGS, mtu=1400, mac="02:00:00:00:00:07", owner="shop"),
        changed(BRIDGE, mtu=1500, up=False),
        changed(BRIDGE, name="br-1.2.3.4", mtu=68),
    ],
)
def test_a_bridge_is_as_it_was_asked_for(host, bridge):
    found = host.python(performed, [CreateBridge(bridge)]).links[bridge.name]
    wanted = changed(bridge, mac=bridge.mac or found.mac, mtu=bridge.mtu or 1500)
    assert as_told(found, wanted) == wanted


def test_a_bridge_carries_our_alias_and_takes_no_router_advertisements(host):
    host.python(performed, [CreateBridge(changed(BRIDGE, owner="shop"))])
    assert host.run("ip -j link show web").json[0]["ifalias"] == "hostnet:shop"
    assert host.run("sysctl -n net.ipv6.conf.web.accept_ra").stdout == "0\n"
    assert host.run("sysctl -n net.ipv4.conf.web.promote_secondaries").stdout == "1\n"


def test_a_bridge_keeps_its_mac_and_mtu_when_ports_come(host):
    before = host.python(performed, [CreateBridge(changed(BRIDGE, mtu=1500))]).links["web"]
    host.run(
        "ip -batch -",
        stdin="""
        link add port address 00:00:00:00:00:02 mtu 9000 type veth peer name other
        link set port master web
        """,
    )
    assert host.python(observed).links["web"] == before


def test_a_setting_that_the_kernel_lacks_is_refused_and_the_bridge_undone(host):
    if host.run("ip link add probe type bridge vlan_filtering 1", check=False).rc == 0:
        pytest.skip("this kernel has VLAN filtering")
    bridge = changed(BRIDGE, bridge={"vlan_filtering": True})
    assert host.python(refusal, CreateBridge(bridge)) == (
        "cannot create bridge web: vlan_filtering=True: Operation not supported"
    )
    assert not host.leaks()


def test_a_bridge_changes(host):
    bridge = changed(BRIDGE, mac="02:00:00:00:00:07", mtu=1500, bridge=FORMER_SETTINGS)
    other = changed(bridge, mac="02:00:00:00:00:08", mtu=1300, up=False, bridge=SETTINGS)
    made = [CreateBridge(bridge), ChangeLink(None, bridge, other)]
    assert as_told(host.python(performed, made).links["web"], other) == other
    assert as_told(host.python(performed, [ChangeLink(None, other, bridge)]).links["web"], bridge) == bridge


@pytest.mark.parametrize("port", [{}, {"hairpin": True, "isolated": False}, {"hairpin": False, "isolated": True}])
def test_a_veth_pair_is_as_it_was_asked_for(host, port):
    host_end = changed(HOST_END, port=port, mtu=1400, owner="shop")
    state = host.python(performed, container(host_end=host_end, peer=changed(PEER, mtu=1400, owner="shop")))
    found = state.links["veth0"]
    assert as_told(found, host_end) == changed(host_end, mac=found.mac)
    peer = state.namespaces["box"].links["eth0"]
    assert as_told(peer, PEER) == changed(PEER, mtu=1400, owner="shop", addresses=peer.addresses)
    assert [str(item.interface) for item in peer.addresses] == ["10.20.0.2/24", "fd00:20::2/64"]


def test_both_ends_carry_our_alias(host):
    host.python(performed, container())
    assert host.run("ip -j link show veth0").json[0]["ifalias"] == "hostnet"
    assert host.container("box").run("ip -j link show eth0").json[0]["ifalias"] == "hostnet"


def test_a_port_has_no_ipv6_of_its_own_and_the_peer_has(host):
    host.python(performed, container())
    assert "inet6" not in host.run("ip address show veth0").stdout
    assert host.container("box").addresses() == ["10.20.0.2/24", "fd00:20::2/64"]


def test_container_and_host_reach_each_other_at_once(host):
    host.python(performed, container())
    box = host.container("box")
    box.serve_tcp(80)
    assert host.ask("10.20.0.2", 80).client == "10.20.0.1"
    assert host.ask("fd00:20::2", 80).client == "fd00:20::1"


def test_ends_find_each_other_where_numbers_repeat(host):
    """In each namespace the peer has the same number."""
    ends = [changed(HOST_END, name="veth%d" % number, netns="box%d" % number) for number in range(3)]
    made = [CreateBridge(BRIDGE)]
    for end in ends:
        made += [CreateNamespace(end.netns, "default", True), CreateVeth(end, changed(PEER, mac=None))]
    state = host.python(performed, made)
    assert {(link.name, link.netns, link.peer) for link in state.links.values() if link.kind == "veth"} == {
        ("veth0", "box0", "eth0"),
        ("veth1", "box1", "eth0"),
        ("veth2", "box2", "eth0"),
    }


def test_a_pair_of_others_that_looks_the_same_is_not_taken_for_ours(host):
    """Numbers repeat: an end of a pair between two other namespaces names the same two numbers as ours."""
    state = host.python(performed, container(name="mine"))
    numbers = state.links["veth0"].index, state.namespaces["mine"].links["eth0"].index
    for name in ("a", "z", "far"):
        host.run(["ip", "netns", "add", name])
    for name in ("a", "z"):
        argv = "ip -n %s link add eth0 index %d type veth peer name to-%s netns far" % (name, numbers[1], name)
        host.run(argv + (" index %d" % numbers[0] if name == "a" else ""))
    assert host.python(observed).links["veth0"].netns == "mine"


def test_a_pair_whose_name_is_in_use_is_refused(host):
    host.run("ip link add veth0 type veth peer name far")
    made = [CreateBridge(BRIDGE), CreateNamespace("box", "default", True)]
    assert host.python(refusal, CreateVeth(HOST_END, PEER), made) == (
        "cannot create veth veth0 in bridge web, peer eth0 in namespace box: File exists"
    )
    assert set(host.python(observed).links) == {"lo", "web", "veth0", "far"}


def test_a_pair_that_cannot_be_finished_is_undone(host):
    sentence = host.python(refusal_of_a_pair_without_its_last_setting)
    assert sentence.endswith("peer eth0 in namespace box: no more settings")
    assert set(host.python(observed).links) == {"lo", "web"}


def refusal_of_a_pair_without_its_last_setting():
    from ansible_collections.hostnet.containers.plugins.module_utils.kernel import sysctls
    from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Refused

    write = sysctls.write

    def refuse_last(session, key, value, implied=False):
        if key == "net/ipv4/conf/eth0/promote_secondaries":
            raise Refused(5, "no more settings")
        write(session, key, value, implied)

    sysctls.write = refuse_last
    made = [CreateBridge(BRIDGE), CreateNamespace("box", "default", True)]
    return refusal(CreateVeth(HOST_END, PEER), made)


def test_a_pair_whose_namespace_is_missing_is_refused(host):
    sentence = host.python(refusal, CreateVeth(HOST_END, PEER), [CreateBridge(BRIDGE)])
    assert "No such file or directory" in sentence


def test_a_half_made_link_is_recognised(host):
    host.python(performed, container())
    host.run("ip link set veth0 alias ''")
    host.run("ip link set web alias ''")
    found = host.python(observed).links
    assert [(found[name].complete, found[name].owner) for name in ("veth0", "web")] == [(False, "default")] * 2


def test_a_member_that_is_not_ours_is_marked_and_released(host):
    host.run("ip link add wire type veth peer name far")
    host.python(performed, [CreateBridge(BRIDGE)])
    before = host.python(observed).links["wire"]
    member = changed(before, master="web", enslaved=True, port={"hairpin": False, "isolated": False})
    assert as_told(host.python(performed, [ChangeLink(None, before, member)]).links["wire"], member) == member
    assert host.run("ip -j link show wire").json[0]["altnames"] == ["hostnet-wire"]
    assert host.python(performed, [ChangeLink(None, member, before)]).links["wire"] == before
    assert "altnames" not in host.run("ip -j link show wire").json[0]


def test_a_member_that_others_enslaved_is_not_ours(host):
    host.python(performed, [CreateBridge(BRIDGE)])
    host.run("ip link add wire master web type veth peer name far")
    found = host.python(observed).links["wire"]
    assert (found.master, found.enslaved, found.owner) == ("web", False, None)


def test_a_host_end_changes_its_bridge(host):
    other = changed(BRIDGE, name="other")
    before = host.python(performed, [*container(), CreateBridge(other)]).links["veth0"]
    after = changed(before, master="other", port={**before.port, "hairpin": True}, mtu=1400)
    assert host.python(performed, [ChangeLink(None, before, after)]).links["veth0"] == after


def test_a_peer_changes_inside_its_namespace(host):
    before = host.python(performed, container()).namespaces["box"].links["eth0"]
    after = changed(before, mac="02:42:00:00:00:09", mtu=1280, up=False)
    found = host.python(performed, [ChangeLink("box", before, after)]).namespaces["box"].links["eth0"]
    assert changed(found, addresses=()) == changed(after, addresses=())


def test_links_of_others_are_never_deleted(host):
    host.run("ip link add wire type veth peer name far")
    assert "wire is not of this collection" in host.python(refusal, DeleteLink("wire", "veth"))
    assert "wire" in host.python(observed).links


def test_deleting_what_is_gone_is_no_error(host):
    assert set(host.python(performed, [DeleteLink("gone", "veth")]).links) == {"lo"}


def test_a_run_of_deletions_leaves_the_others(host):
    made = [CreateBridge(BRIDGE), CreateNamespace("box", "default", True)]
    for number in range(6):
        end = changed(HOST_END, name="veth%d" % number, peer="eth%d" % number)
        made.append(CreateVeth(end, Link("eth%d" % number, kind="veth", owner="default", up=True)))
    host.python(performed, made)
    gone = [DeleteLink("veth%d" % number, "veth") for number in range(5)]
    state = host.python(performed, gone)
    assert set(state.links) == {"lo", "web", "veth5"}
    assert set(state.namespaces["box"].links) == {"lo", "eth5"}


def test_a_run_of_deletions_spares_an_interface_that_others_put_into_the_same_group(host):
    host.run("ip link add wire group 26735 type veth peer name far")
    made = [CreateNamespace("box", "default", True)]
    for number in range(4):
        end = changed(HOST_END, name="veth%d" % number, peer="eth%d" % number, master=None, port=None)
        made.append(CreateVeth(end, Link("eth%d" % number, kind="veth", owner="default", up=True)))
    made += [DeleteLink("veth%d" % number, "veth") for number in range(4)]
    assert "wire" in host.python(performed, made).links
