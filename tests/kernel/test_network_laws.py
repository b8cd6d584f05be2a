# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Laws that hold for any sequence of declared networks, on the real kernel."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks_at_random import calls

from ansible_collections.hostnet.containers.plugins.module_utils.report.check_mode_warnings import taken_for_granted
from ansible_collections.hostnet.containers.plugins.module_utils.report.diff import diff
from hosts import snapshot
from hosts.host import Host

# On the kernel a sequence costs a second; many more run on a host in memory (tests/unit/test_network_laws.py).
SEQUENCES = 15
FOREIGN = """
link add foreign type bridge
address add 10.99.0.1/24 dev foreign
link set foreign up
route add 203.0.113.0/24 via 10.99.0.2
"""
REMOVAL = {"networks": [{"name": "web", "state": "absent"}, {"name": "db", "state": "absent"}]}


def engine_run(options, check=False):
    """Run the engine in this process; return the plan, or None where the call was refused."""
    from ansible_collections.hostnet.containers.plugins.module_utils.declare.module_options import (
        declaration_of,
        module_spec,
    )
    from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
    from ansible_collections.hostnet.containers.plugins.module_utils.errors import Conflict, Invalid, Missing
    from ansible_collections.hostnet.containers.plugins.module_utils.host import Host as RealHost
    from ansible_collections.hostnet.containers.plugins.module_utils.plan.engine import run

    params = {**dict.fromkeys(module_spec(Network)), "state": "present", **options}
    try:
        declaration = declaration_of(Network, params)
        with RealHost() as host:
            return run(declaration, host, check=check)
    except (Conflict, Invalid, Missing):
        return None


def picture():
    """What is there, without hardware addresses that are chosen at random."""
    taken = snapshot.take()
    links = []
    for line in taken["links"]:
        link = json.loads(line)
        for key in ("address", "linkinfo", "broadcast", "allmulti", "promiscuity", "num_tx_queues", "num_rx_queues"):
            link.pop(key, None)
        links.append(json.dumps(link, sort_keys=True))
    return dict(taken, links=sorted(links))


def sequence(calls_made):
    """Make calls one after the other; return what went against the laws, and the last picture."""
    at_first, wrong = picture(), []
    for options in calls_made:
        foretold = engine_run(options, check=True)
        before = picture() if foretold is None else None
        done = engine_run(options)
        if done is None and foretold is not None and taken_for_granted(foretold):
            continue
        if done is None:
            changed = (
                snapshot.differences(before, picture()) if before else ["(check mode foretold %s)" % foretold.actions]
            )
            wrong += ["refused, but: " + line for line in changed]
            continue
        if foretold is None or (foretold.actions, diff(foretold)) != (done.actions, diff(done)):
            wrong.append("check mode did not foretell %s" % done.actions)
        again = engine_run(options)
        if again is None or again.steps:
            wrong.append("a second run does %s" % (again and (again.actions or again.steps)))
    last = picture()
    engine_run(REMOVAL)
    wrong += ["left behind: " + line for line in snapshot.differences(at_first, picture())]
    return wrong, last


def on_a_fresh_host(calls_made):
    with Host() as host:
        host.run("ip -batch -", stdin=FOREIGN)
        host.run("iptables -t nat -A PREROUTING -d 203.0.113.8 -j ACCEPT")
        return host.python(sequence, calls_made)


ON_THE_KERNEL = settings(
    max_examples=SEQUENCES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


@ON_THE_KERNEL
@given(st.lists(calls(), min_size=1, max_size=3))
def test_runs_are_foretold_idempotent_and_undone_by_removal(calls_made):
    wrong, _last = on_a_fresh_host(calls_made)
    assert wrong == []


@ON_THE_KERNEL
@given(st.lists(calls(fixed=True), max_size=2), calls(fixed=True))
def test_where_a_declaration_leads_does_not_depend_on_what_was_there(earlier, last):
    both = {"networks": [{"name": "web", "state": "absent"}, {"name": "db", "state": "absent"}]}
    declared = last.get("networks") or [last]
    named = {item["name"] for item in declared}
    # What the last call does not name would stay from the earlier ones.
    whole = {"networks": [*declared, *(item for item in both["networks"] if item["name"] not in named)]}
    wrong, reached = on_a_fresh_host([*earlier, whole])
    wrong_alone, alone = on_a_fresh_host([whole])
    assert wrong + wrong_alone == []
    assert snapshot.differences(alone, reached) == []
