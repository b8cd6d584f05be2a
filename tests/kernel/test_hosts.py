# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The throw-away hosts themselves: isolated, fast, and able to say no."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time

import pytest

from hosts import ChildFailed, CommandFailed, Host, Lab, ModuleFailed, Unreachable, module_run, snapshot
from hosts.server import ServerFailed


def make_container(host, name="box", address="10.20.0.2", gateway="10.20.0.1"):
    """A namespace on a veth pair, made by hand, so that these tests need no module."""
    host.run(["ip", "netns", "add", name])
    host.run(
        "ip -batch -",
        stdin=f"""
        link add to-{name} type veth peer name eth0 netns {name}
        link set to-{name} up
        address add {gateway}/24 dev to-{name}
        """,
    )
    container = host.container(name)
    container.run(
        "ip -batch -",
        stdin=f"""
        link set lo up
        link set eth0 up
        address add {address}/24 dev eth0
        route add default via {gateway}
        """,
    )
    return container


def is_alive(pid):
    """Whether a process runs; one that waits to be reaped by the machine's init does not."""
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def quickest(action, times=5):
    """Seconds that an action takes, at best: what else the machine does meanwhile is not measured here."""
    taken = []
    for _attempt in range(times):
        start = time.monotonic()
        action()
        taken.append(time.monotonic() - start)
    return min(taken)


def bare_namespaces():
    """The least that a host is: two namespaces, and a shell in them that starts as many programs as a host needs."""
    script = "; ".join(["/bin/true"] * 20)
    subprocess.run(["unshare", "--net", "--mount", "sh", "-c", script], check=True)


@pytest.mark.parametrize("kind,hosts", [(Host, 1), (Lab, 3)])
def test_a_host_costs_little_more_than_its_namespaces(kind, hosts):
    """Measured: 4 times as long for a host alone, 12 for the three of a lab with their wires, on a busy machine."""
    with contextlib.ExitStack() as made:
        assert quickest(lambda: made.enter_context(kind())) < 12 * hosts * quickest(bare_namespaces)


def test_nothing_reaches_the_machine():
    before = snapshot.take()
    with Lab() as lab:
        make_container(lab.host)
        lab.host.run("iptables -A FORWARD -j DROP")
        lab.host.run("sysctl -q -w net.ipv4.ip_forward=1")
        lab.host.run("touch /etc/netns/x /run/x /var/lib/x")
        assert snapshot.differences(before, snapshot.take()) == []
        assert not os.path.exists("/var/lib/x")
    assert snapshot.differences(before, snapshot.take()) == []


def test_hosts_do_not_see_each_other(host):
    with Host() as other:
        make_container(other)
        assert other.namespaces() == ["box"]
        assert host.namespaces() == []
        assert host.leaks() == []


def test_processes_end_with_their_host():
    host = Host()
    container = make_container(host)
    started = [container.serve_tcp(80).pid, container.start("sleep 1000").pid, host.start("sleep 1000").pid]
    host.run(["sh", "-c", "setsid sleep 1001 >/dev/null 2>&1 &"])
    started += host.processes()
    assert len(set(started)) >= 4
    host.close()
    assert [pid for pid in started if is_alive(pid)] == []


def test_leaks_names_what_came_and_what_went(lab):
    lab.host.run("ip link add br0 type bridge")
    lab.host.run("ip address add 10.1.2.3/24 dev br0")
    lab.host.run("ip route del default")
    lab.host.run("iptables -t nat -N HOSTNET-X")
    lab.host.run("sysctl -q -w net.ipv4.ip_forward=1")
    lab.host.run("ip netns add box")
    text = "\n".join(lab.host.leaks())
    assert "+ links" in text
    assert "+ addresses: br0 10.1.2.3/24" in text
    assert "- routes" in text
    assert "HOSTNET-X" in text
    assert "ip_forward = 1" in text
    assert "/run/netns/box" in text
    lab.host.run("ip netns del box")
    lab.host.run("ip link del br0")
    lab.host.run("iptables -t nat -X HOSTNET-X")
    lab.host.run("sysctl -q -w net.ipv4.ip_forward=0")
    lab.host.run("ip route add default via 192.0.2.2")
    assert lab.host.leaks() == []


@pytest.mark.parametrize("proto", ["tcp", "udp"])
@pytest.mark.parametrize("address,client", [("192.0.2.1", "192.0.2.2"), ("2001:db8:1::1", "2001:db8:1::2")])
def test_a_server_tells_who_asked(lab, proto, address, client):
    getattr(lab.host, "serve_" + proto)(7000, reply="from the host")
    answer = lab.lan.ask(address, 7000, proto)
    assert (answer.reply, answer.client) == ("from the host", client)


@pytest.mark.parametrize("proto", ["tcp", "udp"])
def test_no_server_is_no_answer(lab, proto):
    assert not lab.lan.can_reach("192.0.2.1", 7000, proto)
    assert not lab.lan.can_reach("203.0.113.9", 7000, proto, timeout=0.3)
    with pytest.raises(Unreachable, match="7000"):
        lab.lan.ask("192.0.2.1", 7000, proto)


def test_a_dropped_packet_is_no_answer(lab):
    lab.host.serve_tcp(7000)
    assert lab.lan.can_reach("192.0.2.1", 7000)
    lab.host.run("iptables -A INPUT -p tcp --dport 7000 -j DROP")
    assert not lab.lan.can_reach("192.0.2.1", 7000, timeout=0.3)


def test_the_internet_answers_only_to_addresses_it_knows(lab):
    container = make_container(lab.host)
    lab.host.run("sysctl -q -w net.ipv4.ip_forward=1")
    lab.internet.serve_tcp(80)
    assert lab.host.get("http://198.51.100.2").client == "192.0.2.1"
    assert lab.host.get("http://[2001:db8:2::2]").client == "2001:db8:1::1"
    assert not container.can_reach("198.51.100.2", 80, timeout=0.3)
    lab.host.run("iptables -t nat -A POSTROUTING -s 10.20.0.0/24 -o lan0 -j MASQUERADE")
    assert container.get("http://198.51.100.2").client == "192.0.2.1"


def test_a_container_is_a_place(host):
    container = make_container(host)
    container.serve_tcp(80, reply="box")
    assert host.get("http://10.20.0.2/").reply == "box"
    assert container.addresses() == ["10.20.0.2/24"]
    assert [link["ifname"] for link in container.run("ip -j link").json] == ["lo", "eth0"]
    assert host.container("none").run("true", check=False).rc != 0


def test_a_taken_port_is_told(host):
    host.serve_tcp(80)
    with pytest.raises(ServerFailed, match="in use"):
        host.serve_tcp(80)


def test_what_fails_in_a_host_fails_the_test(host):
    with pytest.raises(CommandFailed, match="status 3"):
        host.run("sh -c 'exit 3'")
    assert host.run("sh -c 'exit 3'", check=False).rc == 3
    with pytest.raises(ChildFailed, match="ZeroDivisionError"):
        host.python(divmod, 1, 0)


def test_a_module_runs_as_ansible_would_run_it(host, monkeypatch):
    monkeypatch.setattr(module_run, "PACKAGE", "ansible.modules.")
    assert host.module("ping", data="hello")["ping"] == "hello"
    assert host.module("file", path="/run/made", state="touch", check=True)["changed"]
    assert not host.python(os.path.exists, "/run/made")
    assert "before" in host.module("file", path="/run/made", state="touch", diff=True)["diff"]
    assert host.python(os.path.exists, "/run/made")
    assert not os.path.exists("/run/made")
    assert "nosuch" in host.module_fails("ping", nosuch=1)
    with pytest.raises(ModuleFailed, match="nosuch"):
        host.module("ping", nosuch=1)


def test_a_module_call_costs_less_than_150_ms(host, monkeypatch):
    monkeypatch.setattr(module_run, "PACKAGE", "ansible.modules.")
    assert quickest(lambda: host.module("ping")) < 0.15


def test_the_backend_is_the_one_asked_for(host, iptables_backend):
    word = {"nft": "nf_tables", "legacy": "legacy"}[iptables_backend]
    assert word in host.run("iptables -V").stdout
    assert word in host.run("ip6tables-restore -V").stdout
