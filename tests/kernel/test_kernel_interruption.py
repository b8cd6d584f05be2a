# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is killed between two messages leaves nothing that cannot be recognised and removed."""

from __future__ import annotations

import os
import signal

import pytest
from kernel_steps import EVERYTHING, KernelHost, container, observed, performed

from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Shaping
from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import DeleteLink, ShapeLink
from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespaces import DeleteNamespace

MADE = [*container(), ShapeLink("veth0", Shaping(10**6, 10**6))]


def killed_during(moment, made):
    """Kill a child that carries out steps when it is about to make its n-th change. Tells whether that was needed."""
    child = os.fork()
    if child == 0:
        try:
            count_down_to_death(moment)
            performed(made)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def count_down_to_death(moment):
    from ansible_collections.hostnet.containers.plugins.module_utils.kernel import sysctls
    from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces import syscalls
    from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import Session

    left = [moment]

    def fatal(function):
        def wrapper(*arguments, **options):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)

        return wrapper

    for place, name in ((syscalls, "mount"), (syscalls, "unshare"), (Session, "request"), (sysctls, "write")):
        setattr(place, name, fatal(getattr(place, name)))


def removed():
    """Remove all that is ours, as a purge would."""
    with KernelHost() as kernel:
        state = kernel.observe(EVERYTHING)
        kernel.perform_all(
            [DeleteLink(link.name, link.kind) for link in state.links.values() if link.ours]
            + [DeleteNamespace(name) for name, found in state.namespaces.items() if found.ours or found.debris]
        )


@pytest.mark.parametrize("moment", range(1, 40))
def test_what_a_killed_run_leaves_is_ours_to_remove(host, moment):
    if not host.python(killed_during, moment, MADE):
        assert moment > len(MADE)
        return
    state = host.python(observed)
    assert all(link.ours for name, link in state.links.items() if name != "lo")
    assert all(found.ours or found.debris for found in state.namespaces.values())
    host.python(removed)
    assert not host.leaks()


@pytest.mark.parametrize("moment", range(1, 12))
def test_a_killed_removal_can_be_repeated(host, moment):
    host.python(performed, MADE)
    gone = [DeleteLink("veth0", "veth"), DeleteLink("web", "bridge"), DeleteNamespace("box")]
    host.python(killed_during, moment, gone)
    host.python(removed)
    assert not host.leaks()
