# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""After a flush of the firewall by others, a run for one thing takes nothing away that networks on record need."""

from __future__ import annotations

import pytest
import stand_in
from damages import BACK, NETWORKS
from test_damage import leaks, prepared

FLUSH = [
    "%s -t %s -%s" % (program, table, verb)
    for program in ("iptables", "ip6tables")
    for table in ("raw", "nat", "filter")
    for verb in "FX"
]
RUNS = {
    "an internal network": ("network", BACK),
    "a network that goes": ("network", {"name": "side", "state": "absent"}),
    "a masquerade rule that goes": ("masquerade", {"source": "10.99.0.0/24", "state": "absent"}),
    "a port that goes": ("port_publish", {"host_port": 7, "container_ip": "10.40.0.2", "state": "absent"}),
    "a closed bridge": ("forwarding", {"bridge": "br-back", "internal": True}),
    "a bridge": ("bridge", {"name": "br-new", "addresses": ["10.77.0.1/24"]}),
    "no port of an owner": ("port_publish", {"ports": [], "purge": True, "owner": "nobody"}),
}


def forwarding(host):
    return host.run("sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding").stdout.split()


def shared(host):
    """What networks have in common, or would lose beyond their rules."""
    apart = not host.container("a").can_reach("10.20.0.3", 7000, timeout=0.3)
    settings = forwarding(host)
    servers = [name for name in host.run("ls /run/stand-in").stdout.split() if name.startswith("hostnet-")]
    alive = [name for name in servers if "-dns-" in name and host.run("sh -c 'kill -0 $(cat /run/stand-in/%s)'" % name)]
    policies = [host.run(program + " -S FORWARD").stdout.splitlines()[0] for program in ("iptables", "ip6tables")]
    return apart, settings, servers, alive, policies


@pytest.mark.parametrize("run", RUNS)
def test_what_networks_on_record_need_stays_on_after_a_flush(lab, run):
    host = lab.host
    clean = prepared(lab)
    host.container("b").serve_tcp(7000)
    before = shared(host)
    assert before[0] and before[1] == ["1", "1"] and len(before[2]) == 4 and len(before[3]) == 2
    for command in FLUSH:
        host.run(command)
    module, options = RUNS[run]
    foretold = stand_in.run_module(host, module, check=True, **options)["actions"]
    assert stand_in.run_module(host, module, **options)["actions"] == foretold
    assert not [line for line in foretold if "forward = 0" in line or "forwarding = 0" in line]
    after = shared(host)
    assert after == before
    # All of them together are as they were, and the host once none is left.
    stand_in.run_module(host, "network", networks=NETWORKS)
    if run not in ("a bridge", "a closed bridge"):
        assert leaks(host, clean) == []
    absent = [{"name": network["name"], "state": "absent"} for network in NETWORKS]
    stand_in.run_module(host, "network", networks=absent)
    assert forwarding(host) == ["0", "0"]
