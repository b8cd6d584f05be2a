# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Beside Docker, the real one, on one host."""

from __future__ import annotations

import contextlib
import shutil

import pytest
from dockerd import Dockerd
from networks import CONTAINERS, PORT, published_web, remove_everything
from peers import foreign_rules, forwarding, served, works

from hosts import Lab
from hosts.lab import HOST

pytestmark = pytest.mark.skipif(shutil.which("dockerd") is None, reason="the package docker.io is not installed")

A = CONTAINERS["container-a"]


@pytest.fixture(scope="module")
def shared(iptables_backend):
    """A lab whose host runs Docker with one container, published on 8080."""
    with Lab(iptables_backend) as lab, contextlib.closing(Dockerd(lab.host)) as lab.docker:
        lab.theirs = lab.docker.container("theirs", "-p", "8080:80")
        lab.theirs.serve_tcp(80, "I am theirs")
        lab.theirs.serve_tcp(81, "not published")
        yield lab
        lab.theirs.close()


@pytest.fixture
def docker(shared):
    """The same, without anything of ours before and after."""
    shared.host.remember()
    shared.rules = foreign_rules(shared.host)
    yield shared
    remove_everything(shared.host)


def test_both_work_before_during_and_after(docker):
    host = docker.host
    assert works(docker, 8080, docker.theirs, "I am theirs")
    ours = published_web(host)
    assert works(docker, 8080, docker.theirs, "I am theirs")
    assert works(docker, 8888, ours, "I am ours")
    assert foreign_rules(host) == docker.rules
    ours.close()
    remove_everything(host)
    assert works(docker, 8080, docker.theirs, "I am theirs")
    assert foreign_rules(host) == docker.rules
    assert host.leaks() == []
    assert forwarding(host) == "1"


def test_published_ports_are_the_only_way_between_the_two(docker):
    ours = published_web(docker.host)
    assert ours.ask(HOST, 8080).reply == "I am theirs"
    assert docker.theirs.ask(HOST, 8888).reply == "I am ours"
    for port in (80, 81):
        assert docker.host.can_reach(A, port)
        assert not docker.theirs.can_reach(A, port)
    ours.close()


def test_docker_restarts_and_gets_more_while_ours_are_there(docker):
    host = docker.host
    ours = published_web(host)
    docker.docker.stop()
    docker.docker.start()
    docker.docker.docker("network", "create", "more")
    more = docker.docker.container("more-of-theirs", "--network", "more", "-p", "8081:80")
    more.serve_tcp(80, "I am more")
    assert works(docker, 8080, docker.theirs, "I am theirs")
    assert works(docker, 8081, more, "I am more")
    assert works(docker, 8888, ours, "I am ours")
    assert not more.can_reach(A, 81)
    rules = foreign_rules(host)
    # Docker puts its jumps first when it makes a network, and so do we at the next run.
    host.module("port_publish", **PORT)
    assert not host.module("port_publish", **PORT)["changed"]
    assert foreign_rules(host) == rules
    assert works(docker, 8081, more, "I am more")
    assert works(docker, 8888, ours, "I am ours")
    more.close()
    docker.docker.docker("rm", "-f", "more-of-theirs")
    docker.docker.docker("network", "rm", "more")
    ours.close()
    remove_everything(host)
    assert works(docker, 8080, docker.theirs, "I am theirs")
    assert forwarding(host) == "1"


def test_docker_that_comes_later_keeps_working_when_ours_go(lab):
    host = lab.host
    ours = published_web(host)
    with contextlib.closing(Dockerd(host)) as docker:
        theirs = docker.container("theirs", "-p", "8080:80")
        theirs.serve_tcp(80, "I am theirs")
        rules = foreign_rules(host)
        assert works(lab, 8080, theirs, "I am theirs")
        assert works(lab, 8888, ours, "I am ours")
        assert not theirs.can_reach(A, 81)
        ours.close()
        remove_everything(host)
        assert forwarding(host) == "1"
        assert works(lab, 8080, theirs, "I am theirs")
        assert foreign_rules(host) == rules
        assert not served(lab.lan, HOST, 8888)
        theirs.close()
