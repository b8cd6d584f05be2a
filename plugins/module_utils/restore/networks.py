# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks on record, made anew on a host that lost them or a part of them."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.declare.declaration import Declaration
from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError
from ansible_collections.hostnet.containers.plugins.module_utils.plan.engine import run as run_engine
from ansible_collections.hostnet.containers.plugins.module_utils.state.observation_needs import ObservationNeeds


@dataclass(frozen=True)
class Restored:
    """What came of it.

    Attributes:
        actions: what was done, readable lines.
        failures: dict from the name of each network that is not as on record to a sentence that says why.
    """

    actions: tuple = ()
    failures: dict = None


def restore(host):
    """Bring all networks on record to what the record says, in one transaction.

    Where that fails for one network, each is restored by itself, so that no other has to wait for it.

    Args:
        host: the adapter that the engine takes.

    Returns:
        Restored: `failures` is empty if everything is there.

    Raises:
        HostnetError: the host itself cannot be read.
    """
    state = host.observe(ObservationNeeds(files=True))
    networks = [network for _name, network in sorted(state.networks.items())]
    actions, failures = _together(host, networks)
    return Restored(tuple(actions), {**state.damaged, **failures})


def _together(host, networks):
    if not networks:
        return [], {}
    try:
        return _run(host, networks), {}
    except HostnetError as error:
        if len(networks) == 1:
            return [], {networks[0].name: str(error)}
    return _one_by_one(host, networks)


def _one_by_one(host, networks):
    actions, failures = [], {}
    for network in networks:
        done, failed = _together(host, [network])
        actions += done
        failures.update(failed)
    return actions, failures


def _run(host, networks):
    names = [network.name for network in networks]

    def on_record():
        # Who had the turn before may have changed the record, or removed the network.
        now = host.observe(ObservationNeeds(files=True)).networks
        return Declaration(present=tuple(now[name] for name in names if name in now))

    return run_engine(on_record, host).actions
