# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is otherwise than declared is told by check mode and as drift of its network, and put right by one run."""

from __future__ import annotations

import random
import re

import damages_of_links
import damages_of_rules
import pytest
import stand_in
from damages import NETWORKS, shell
from examples import TIMES

from hosts import Lab, snapshot
from hosts.lab import INTERNET

KINDS = {kind.__name__: kind for kind in (*damages_of_links.KINDS, *damages_of_rules.KINDS)}


def prepared(lab):
    """Declare all networks, with all options on, and return the host as it is then."""
    host = lab.host
    host.python(stand_in.install, INTERNET)
    done = stand_in.run_module(host, "network", networks=NETWORKS)
    assert done["changed"]
    assert stand_in.run_module(host, "network", networks=NETWORKS, check=True)["actions"] == []
    return host.snapshot()


def wrong_about(host, done, clean):
    """Do a damage, and return what was wrong about the way that it is told and put right."""
    run = stand_in.run_module
    host.run(shell(done.command))
    drift = run(host, "network_info", gather=["drift"])["drift"]
    foretold = run(host, "network", networks=NETWORKS, check=True)
    declared = run(host, "network_info", gather=["drift"], declared=NETWORKS)["drift"]
    repaired = run(host, "network", networks=NETWORKS)
    wrong = []
    if not foretold["changed"] or not foretold["actions"]:
        wrong.append("check mode: changed is %s, actions %s" % (foretold["changed"], foretold["actions"]))
    if foretold["diff"]["before"] == foretold["diff"]["after"]:
        wrong.append("no diff")
    fitting = [line for line in foretold["actions"] if re.search(done.told, line)]
    if not fitting or done.exactly and fitting != foretold["actions"]:
        wrong.append("foretold %s" % foretold["actions"])
    for found in (drift, declared):
        told = {item["network"] for item in found}
        lines = {line for item in found for line in item["repair"]}
        if done.lost and found is drift:
            if not done.networks <= told:
                wrong.append("drift %s" % found)
        elif not told or not told <= done.networks or lines != set(foretold["actions"]):
            wrong.append("drift %s, actions %s" % (found, foretold["actions"]))
    if repaired["actions"] != foretold["actions"] or not repaired["changed"]:
        wrong.append("foretold %s, done %s" % (foretold["actions"], repaired["actions"]))
    again = run(host, "network", networks=NETWORKS, check=True)
    if again["changed"]:
        wrong.append("a second run would %s" % again["actions"])
    return wrong + leaks(host, clean)


def leaks(host, clean):
    """What differs from the host as it was. What is made anew has other numbers, and often another hardware address."""
    anew = {subject: list(map(_without_address, lines)) for subject, lines in clean.items()}
    found = {subject: list(map(_without_address, lines)) for subject, lines in host.snapshot().items()}
    return [line for line in snapshot.differences(anew, found) if "/run/stand-in/calls" not in line]


def _without_address(line):
    return re.sub('"(address|bridge_id|root_id|designated_port|id|no)": [^,]*, ', "", line)


@pytest.mark.wide
@pytest.mark.parametrize("kind", KINDS)
def test_one_damage_of_any_kind_is_told_and_put_right(kind, iptables_backend):
    seed = random.randrange(2**32)
    choose = random.Random(seed).choice
    with Lab(iptables_backend) as lab:
        clean = prepared(lab)
        for _time in range(TIMES):
            done = KINDS[kind](lab.host, choose)
            wrong = wrong_about(lab.host, done, clean)
            assert wrong == [], (seed, done)
