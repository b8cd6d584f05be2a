# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host itself: the kernel adapter and the firewall adapter behind one interface."""

from __future__ import annotations

import dataclasses
import itertools

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Missing
from ansible_collections.hostnet.containers.plugins.module_utils.files.read_and_write import (
    read_files,
    remove_file,
    remove_unfinished,
    write_file,
)
from ansible_collections.hostnet.containers.plugins.module_utils.files.records import read_networks
from ansible_collections.hostnet.containers.plugins.module_utils.files.resolvers import read_resolver
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.forwarding_state import note
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.program import Iptables
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.nftables.program import Nftables
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.observe import with_firewall
from ansible_collections.hostnet.containers.plugins.module_utils.kernel import pair_notes, requirements
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.forwarding_settings import default_route_devices
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.host import KernelHost
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.listening_sockets import Listeners
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces import owner_notes
from ansible_collections.hostnet.containers.plugins.module_utils.programs import find
from ansible_collections.hostnet.containers.plugins.module_utils.steps.files import RemoveFile, WriteFile
from ansible_collections.hostnet.containers.plugins.module_utils.steps.firewall import (
    ApplyFirewall,
    FilterFrames,
    RememberForwarding,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.units import ReloadUnit, RemoveUnit, SetUnit
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.dns import PROGRAM
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.proxy import of_proxies
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.units import (
    change_units,
    read_units,
    reload_unit,
)


class Host:
    """What the engine observes and changes. Use it as a context manager.

    Args:
        check: whether it is only observed, in check mode. What has to be installed first is taken for installed then.

    Attributes:
        lacking: names of what has to be installed and is taken for installed.
    """

    def __init__(self, check=False):
        self.lacking = _lacking() if check else ()
        self._kernel = KernelHost(foreseen="pyroute2" in self.lacking)
        self._iptables = Iptables(foreseen="iptables" in self.lacking)
        self._nftables = Nftables(foreseen="nftables" in self.lacking)
        self._listeners = Listeners()

    def __enter__(self):
        requirements.check("pyroute2" in self.lacking)
        self._kernel.__enter__()
        return self

    def __exit__(self, *details):
        return self._kernel.__exit__(*details)

    def observe(self, needs):
        """Return the `State` of the host as far as it is needed."""
        state = self._kernel.observe(needs)
        if needs.links:
            state = state.with_bridge_table(self._nftables.read())
        if needs.files:
            files = read_files()
            networks, damaged = read_networks(files)
            state = dataclasses.replace(
                state, files=files, networks=networks, on_record=networks, damaged=damaged, resolver=read_resolver()
            )
        if not needs.firewall:
            return state
        state = dataclasses.replace(state, units=read_units(), dnsmasq=find(PROGRAM))
        state = with_firewall(state, self._iptables, self._nftables)
        if not needs.files and _lacks_rules(state):
            state = dataclasses.replace(state, on_record=read_networks(read_files())[0])
        return state

    @staticmethod
    def remove_unfinished():
        """Remove what killed runs left half-written, or of what is gone. Only for who holds the lock of the host."""
        remove_unfinished()
        owner_notes.remove_stale()
        pair_notes.remove_stale()

    def perform_all(self, steps):
        """Perform steps in order; a run of steps of one kind is performed together."""
        for perform, run in itertools.groupby(steps, key=self._performer):
            perform(self, list(run))

    def _performer(self, step):
        return self._PERFORM.get(type(step), Host._change_kernel)

    def _change_kernel(self, run):
        self._kernel.perform_all(run)

    def _apply_firewall(self, run):
        for step in run:
            self._iptables.write(step.family, step.before, step.after)

    def _remember_forwarding(self, run):
        for step in run:
            note(step.family, step.switch)

    def _filter_frames(self, run):
        for step in run:
            self._nftables.write(step.before, step.after)

    def _write_files(self, run):
        for step in run:
            write_file(step)

    def _remove_files(self, run):
        for step in run:
            remove_file(step)

    def _change_units(self, run):
        change_units(run)

    def _reload_units(self, run):
        for step in run:
            reload_unit(step)

    _PERFORM = {
        ApplyFirewall: _apply_firewall,
        RememberForwarding: _remember_forwarding,
        FilterFrames: _filter_frames,
        WriteFile: _write_files,
        RemoveFile: _remove_files,
        SetUnit: _change_units,
        RemoveUnit: _change_units,
        ReloadUnit: _reload_units,
    }

    def mentions(self, table, word):
        """Tell whether a table of nftables holds a quoted word, such as the name of an interface."""
        return self._nftables.mentions(table, word)

    @staticmethod
    def default_route_devices():
        """Return the names of interfaces that a default route of IPv4 leads to."""
        return default_route_devices()

    def foresee(self, step):
        """Return what a `RedecideFlows` would do to the connections that are tracked now."""
        return self._kernel.foresee(step)

    def seen(self, step):
        """Return what a `RedecideFlows` that was carried out did to them."""
        return self._kernel.seen(step)

    def listener(self, protocol, ports, family, taken):
        """Return the `Listener` of the host that would lose packets, or None; see `Listeners.listener`."""
        return self._listeners.listener(protocol, ports, family, taken)


def _lacking():
    """Names of what the role host_setup would still have to install, without which a real run fails.

    nftables is among them only beside others: alone, a host does without it.
    """
    found = []
    try:
        requirements.check_pyroute2()
    except Missing:
        found.append("pyroute2")
    if not Iptables().installed(4):
        found.append("iptables")
    if found and not Nftables().installed():
        found.append("nftables")
    return tuple(found)


def _lacks_rules(state):
    """Whether there is something of a network, and not the rules that every network has: as after a flush by others."""
    bridges = {link.name for link in state.links.values() if link.kind == "bridge" and link.ours}
    proxied = any(port.loopback == "proxy" for port in state.services.ports.values())
    return not bridges <= set(state.services.policies) or bool(of_proxies(state.units)) and not proxied
