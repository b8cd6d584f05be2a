# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program of the role boot_restore, on a host that lost what it had. Its units are tested on a whole system."""

from __future__ import annotations

import re
import sys

import pytest
from networks import CONTAINERS
from peers import works

from ansible_collections.hostnet.containers.plugins.plugin_utils.restore_archive import archive
from hosts.lab import HOST
from hosts.snapshot import differences

WEB = {
    "name": "web",
    "subnets": ["10.20.0.0/24", "fd00:20::/64"],
    "containers": [
        {"name": "container-a", "ports": ["8888:80"], "rate_from_container": "100mbit"},
        {"name": "container-b", "hosts": ["b.example"], "networks": ["back"]},
    ],
}
BACK = {"name": "back", "subnets": ["10.30.0.0/24"], "internal": True, "containers": [{"name": "database"}]}
_CHOSEN = re.compile(r'"(address|designated_\w+|bridge_id|root_id)": ("[^"]*"|[0-9]+), ')
RECORD = "/etc/hostnet/networks/%s.json"


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("program") / "hostnet-restore"
    path.write_bytes(archive())
    return path


@pytest.fixture
def restore(lab, program):
    """Run the program on the host, with nothing but what a Python without this collection finds."""

    def run(*arguments):
        done = lab.host.run([sys.executable, "-I", str(program), *(arguments or ("restore",))], check=False)
        assert "Traceback" not in done.stderr
        return done

    return run


def picture(host):
    """All of the host, without MAC addresses that the kernel chose at random: of bridges, and host ends of pairs."""
    taken = host.snapshot()
    links = [_CHOSEN.sub("", line) for line in taken["links"]]
    return {**taken, "links": sorted(links)}


def lose_everything(host, how):
    """What a reboot, or a flush of the firewall, takes away. Files in /etc stay."""
    if how == "flush":
        host.run("nft flush ruleset")
        for program in ("iptables-legacy", "ip6tables-legacy"):
            for table in ("raw", "filter", "nat", "mangle"):
                host.run([program, "-t", table, "-F"], check=False)
        return
    for name in host.namespaces():
        host.run(["ip", "netns", "delete", name])
    for link in host.run("ip -j link show type bridge").json:
        host.run(["ip", "link", "delete", link["ifname"]])
    lose_everything(host, "flush")
    for program in ("iptables-legacy", "ip6tables-legacy"):
        for table in ("raw", "filter", "nat", "mangle"):
            host.run([program, "-t", table, "-X"], check=False)
        host.run([program, "-P", "FORWARD", "ACCEPT"], check=False)
    host.run("rm -rf /run/hostnet")
    host.run("sysctl -q net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0")


@pytest.mark.parametrize("how", ["reboot", "flush"])
def test_networks_on_record_come_back_as_they_were(lab, restore, how):
    host = lab.host
    host.module("network", networks=[WEB, BACK])
    before = picture(host)
    lose_everything(host, how)
    assert differences(before, picture(host))
    done = restore()
    assert (done.rc, done.stderr) == (0, "")
    assert done.stdout
    assert differences(before, picture(host)) == []
    container = host.container("container-a")
    container.serve_tcp(80, "hello")
    assert works(lab, 8888, container, "hello")
    assert not lab.lan.can_reach(CONTAINERS["container-a"], 81)
    assert not host.module("network", networks=[WEB, BACK])["changed"]
    again = restore()
    assert (again.rc, again.stdout, again.stderr) == (0, "", "")


def test_a_record_that_cannot_be_read_stops_its_own_network_only(lab, restore):
    host = lab.host
    alone = {**WEB, "containers": WEB["containers"][:1]}
    host.module("network", networks=[alone, BACK])
    host.run(["sh", "-c", "echo '{' > " + RECORD % "back"])
    lose_everything(host, "reboot")
    done = restore()
    assert done.rc == 1
    assert "network back is not restored: its record %s cannot be used" % (RECORD % "back") in done.stderr
    assert host.namespaces() == ["container-a"]
    assert host.container("container-a").can_reach(HOST, 22) is False
    assert not host.module("network", **alone)["changed"]


def test_a_network_that_cannot_be_made_stops_no_other(lab, restore):
    host = lab.host
    host.module("network", networks=[{**WEB, "containers": WEB["containers"][:1]}, BACK])
    lose_everything(host, "reboot")
    host.run("ip link add br-back type veth peer name foreign")
    done = restore()
    assert done.rc == 1
    assert "network back is not restored: " in done.stderr
    assert "br-back" in done.stderr
    assert host.namespaces() == ["container-a"]


def test_a_network_that_was_removed_does_not_come_back(lab, restore):
    host = lab.host
    host.module("network", networks=[{**WEB, "containers": WEB["containers"][:1]}, BACK])
    host.module("network", name="back", state="absent")
    lose_everything(host, "reboot")
    assert restore().rc == 0
    assert host.namespaces() == ["container-a"]
    host.module("network", name="web", state="absent")
    done = restore()
    assert (done.rc, done.stdout, done.stderr) == (0, "", "")


def test_a_part_that_is_gone_is_repaired(lab, restore):
    host = lab.host
    host.module("network", networks=[WEB, BACK])
    before = picture(host)
    host.run("ip netns delete database")
    host.run("iptables -t nat -F HOSTNET-DNAT")
    done = restore("repair")
    assert done.rc == 0
    assert "create namespace database" in done.stdout
    assert differences(before, picture(host)) == []


def test_a_wrong_argument_is_answered_with_the_usage(restore):
    done = restore("everything")
    assert (done.rc, done.stdout) == (2, "")
    assert done.stderr == "usage: hostnet-restore restore | repair\n"
