# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Throw-away hosts for tests: namespaces of the kernel that end with the test which opened them.

    with Lab() as lab:
        web = lab.host.container("web")                 # a namespace the module under test made
        web.serve_tcp(80, reply="hello")
        lab.host.module("port_publish", host_port=8080, container_ip="10.20.0.2", container_port=80)
        assert lab.lan.get("http://192.0.2.1:8080").reply == "hello"
        assert not lab.lan.can_reach("10.20.0.2", 80)

Nothing here touches the machine's own network: every interface is born inside a namespace of a host.
"""

from __future__ import annotations

from hosts.answer import Answer, Unreachable
from hosts.child import ChildFailed
from hosts.command import CommandFailed
from hosts.container import Container
from hosts.host import Host
from hosts.lab import Lab
from hosts.module_run import ModuleFailed

__all__ = ["Answer", "ChildFailed", "CommandFailed", "Container", "Host", "Lab", "ModuleFailed", "Unreachable"]
