# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host with three containers, in one of which is root that attacks; many attacks, one after the other."""

from __future__ import annotations

import hashlib
import itertools
import os
from dataclasses import dataclass

from attacks import commit, settle, tidy_up
from networks import DB, FAMILIES, WEB
from resident import Resident
from witnesses import PUBLISHED, Witnesses

from ansible_collections.hostnet.containers.plugins.module_utils.declare.module_options import (
    declaration_of,
    module_spec,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError
from ansible_collections.hostnet.containers.plugins.module_utils.host import Host
from ansible_collections.hostnet.containers.plugins.module_utils.plan.engine import run
from hosts import Lab

_ATTACKER = "a"
# The name that the host gives to the port of the attacker.
_PORT = "veth" + hashlib.sha256(b"a/eth0").hexdigest()[:8]


def _container(name, last, **options):
    return {"name": name, "addresses": [WEB.address(family, last) for family in FAMILIES], **options}


def _on_db(last):
    return [{"name": "db", "addresses": [DB.address(family, last) for family in FAMILIES]}]


def _declared(web):
    containers = [
        _container(_ATTACKER, 2),
        _container("b", 3, ports=["%d:80" % PUBLISHED], networks=_on_db(2)),
        _container("c", 4, networks=_on_db(3)),
    ]
    return {
        "networks": [
            {"name": "web", **_on(WEB), "containers": containers, **web},
            {"name": "db", **_on(DB), "containers": [], "internal": True},
        ]
    }


def _on(network):
    return {"bridge": network.bridge, "subnets": [network.subnet(family) for family in FAMILIES]}


@dataclass(frozen=True)
class Run:
    """The host runs, and meanwhile these things are done in the container, again and again."""

    meanwhile: tuple = ()


class Siege:
    """Ends with `close`."""

    def __init__(self, backend, **web):
        """Nothing is there before the first attack.

        Args:
            backend: of iptables.
            web: options of the network that the container which attacks is on.
        """
        self._backend = backend
        self._declared = _declared(web)
        self._lab = self._attacker = self._runner = self._witnesses = None

    def attack(self, sequence):
        """Let the container, and the host, do these things; return in words what is wrong then."""
        if self._lab is None:
            self._begin()
        wrong = self._attacked(sequence)
        if wrong:
            # What is wrong must not be laid at the door of the next sequence.
            self.close()
        return wrong

    def close(self):
        """End the host, and all in it."""
        for part in (self._attacker, self._runner, self._witnesses, self._lab):
            if part is not None:
                part.close()
        self._lab = self._attacker = self._runner = self._witnesses = None

    def _begin(self):
        self._lab = Lab(self._backend)
        self._runner = Resident(self._lab.host)
        problem = self._run()[1]
        if problem:
            raise AssertionError(problem)
        self._follow()
        self._witnesses = Witnesses(self._lab, _PORT)

    def _attacked(self, sequence):
        for runs, steps in itertools.groupby(sequence, lambda step: isinstance(step, Run)):
            if not runs:
                self._attacker.call(commit, list(steps))
            for step in steps if runs else ():
                problem = self._run(step.meanwhile)[1]
                # What a container does while the host changes its interface may make that one run fail.
                if problem and not step.meanwhile:
                    return ["a run fails: " + problem]
                self._follow()
        wrong = ["before the last run: " + line for line in self._witnesses.changes()]
        problem = self._run()[1]
        if problem:
            return [*wrong, "the last run fails: " + problem]
        wrong += ["after the last run: " + line for line in self._witnesses.changes()]
        actions, problem = self._run()
        if problem or actions:
            wrong.append("one after the last run: %s" % (problem or actions))
        self._follow()
        self._attacker.call(tidy_up)
        return wrong

    def _run(self, meanwhile=()):
        self._runner.begin(run_engine, self._declared)
        while meanwhile and self._runner.running():
            self._attacker.call(commit, meanwhile)
        return self._runner.end()

    def _follow(self):
        """Be in the container's namespace, also where the host made it anew."""
        container = self._lab.host.container(_ATTACKER)
        number = self._runner.call(_number_of, container.path)
        if self._attacker is None or self._attacker.call(_number_of, "/proc/self/ns/net") != number:
            if self._attacker is not None:
                self._attacker.close()
            self._attacker = Resident(container, settle)


def _number_of(namespace):
    return os.stat(namespace).st_ino


def run_engine(declared):
    """Bring the host to what is declared. Returns the steps in words and, if it fails, why."""
    params = {**dict.fromkeys(module_spec(Network)), "state": "present", **declared}
    try:
        with Host() as host:
            plan = run(declaration_of(Network, params), host)
            return plan.actions or [str(step) for step in plan.steps], None
    except HostnetError as error:
        return [], str(error)
