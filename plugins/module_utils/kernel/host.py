# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel of the host: what a plan is told about, and what carries out its steps."""

from __future__ import annotations

import errno
import time

from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError, Missing, SystemFailure
from ansible_collections.hostnet.containers.plugins.module_utils.kernel import conntrack, observe, requirements
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import link_changes
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.listening_sockets import Listeners
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces.sessions import Netlink
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.performers import PERFORMERS
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.traffic_control import rate_limits
from ansible_collections.hostnet.containers.plugins.module_utils.steps.connections import RedecideFlows
from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import DeleteLink

# What others remove while it is read is not there when all is read again.
_GONE_MEANWHILE = (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ESRCH, errno.EINTR, errno.EINVAL)
_ATTEMPTS, _PAUSE = 10, 0.02


class KernelHost:
    """To be used by ``with``, by one thread. Nothing is opened before the first use.

    Args:
        foreseen: whether pyroute2 may still have to be installed; then the host can be observed, but not changed.
    """

    def __init__(self, foreseen=False):
        self._netlink = Netlink()
        self._foreseen = foreseen
        self._checked = False
        self._seen = {}
        self._leftovers = ()
        self._listeners = Listeners()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        """Close everything that was opened, and end the threads."""
        self._netlink.close()

    def observe(self, needs):
        """Read what is needed of the host.

        Args:
            needs: the `ObservationNeeds`.

        Returns:
            State: without firewall and services.

        Raises:
            Missing: something that is needed on the host is not there.
            SystemFailure: the kernel's reason.
        """
        self._check()
        if needs.inventory:
            requirements.load_pyroute2()
        try:
            state, self._leftovers = self._observed(needs)
        except OSError as error:
            raise SystemFailure("the host's network settings cannot be read: %s" % error.strerror) from error
        return state

    def _observed(self, needs):
        for _attempt in range(_ATTEMPTS):
            try:
                return observe.observe(self._netlink, needs)
            except OSError as error:
                if error.errno not in _GONE_MEANWHILE:
                    raise
                time.sleep(_PAUSE)
        return observe.observe(self._netlink, needs)

    def perform(self, step):
        """Carry out one step of a plan.

        Raises:
            Missing: something that is needed on the host is not there.
            SystemFailure: which step, and the kernel's reason.
        """
        try:
            self._prepare()
            outcome = PERFORMERS[type(step)](self._netlink, step)
            if isinstance(step, RedecideFlows):
                self._seen[step.family] = outcome
        except Missing:
            raise
        except (OSError, HostnetError) as error:
            raise SystemFailure("cannot %s: %s" % (_told(step), _reason(error))) from error

    def perform_all(self, plan):
        """Carry out steps in their order; a run of deletions of veth pairs costs hardly more than one.

        Raises:
            Missing, SystemFailure: as with `perform`.
        """
        for run in _runs(plan):
            if len(run) == 1:
                self.perform(run[0])
            else:
                self._delete(run)

    def foresee(self, step):
        """Tell what a `RedecideFlows` would do to the connections that are tracked now; see `conntrack.foresee`.

        Where pyroute2 is still to be installed, nothing can be told, and nothing be done either.

        Raises:
            SystemFailure: the kernel's reason.
        """
        try:
            self._check()
            requirements.load_pyroute2()
        except Missing:
            return set()
        try:
            return conntrack.foresee(self._netlink, step)
        except OSError as error:
            raise SystemFailure("tracked connections cannot be read: %s" % error.strerror) from error

    def seen(self, step):
        """Tell what a `RedecideFlows` that was carried out did; see `foresee`."""
        return self._seen.get(step.family, ())

    def listener(self, protocol, ports, family, taken):
        """Tell who listens on a port and would lose packets; see `Listeners.listener`."""
        return self._listeners.listener(protocol, ports, family, taken)

    def _delete(self, run):
        try:
            self._prepare()
            link_changes.delete_many(self._netlink, run)
        except OSError as error:
            told = ", ".join(step.name for step in run)
            raise SystemFailure("cannot delete the veth pairs %s: %s" % (told, _reason(error))) from error

    def _check(self):
        if not self._checked:
            requirements.check(self._foreseen)
            self._checked = True

    def _prepare(self):
        """Before the first change, remove what an interrupted run left."""
        self._check()
        requirements.load_pyroute2()
        leftovers, self._leftovers = self._leftovers, ()
        if leftovers:
            rate_limits.remove_leftovers(self._netlink.host, leftovers)


def _runs(plan):
    """Yield lists of steps: runs of deletions of veth pairs together, all others alone."""
    run = []
    for step in plan:
        if isinstance(step, DeleteLink) and step.kind == "veth":
            run.append(step)
            continue
        if run:
            yield run
            run = []
        yield [step]
    if run:
        yield run


def _told(step):
    return ", ".join(step.describe()) or "have tracked connections decided anew"


def _reason(error):
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
