# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host itself: the kernel adapter and the firewall adapter behind one interface."""

from __future__ import annotations

import dataclasses
import itertools

from ansible_collections.hostnet.containers.plugins.module_utils.files.host_files import (
    read_files,
    read_resolvers,
    remove_file,
    write_file,
)
from ansible_collections.hostnet.containers.plugins.module_utils.files.record import read_networks
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.command import Iptables
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.memory import note
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.nft import Nftables
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.observe import with_firewall
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.program import find
from ansible_collections.hostnet.containers.plugins.module_utils.kernel import requirements
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.host import KernelHost
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.sockets import Listeners
from ansible_collections.hostnet.containers.plugins.module_utils.plan.steps import (
    ApplyFirewall,
    GuardLink,
    ReloadUnit,
    RememberForwarding,
    RemoveFile,
    RemoveUnit,
    SetUnit,
    WriteFile,
)
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.dns import PROGRAM
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.units import (
    change_units,
    read_units,
    reload_unit,
)


class Host:
    """What the engine observes and changes. Use it as a context manager."""

    def __init__(self):
        self._kernel = KernelHost()
        self._iptables = Iptables()
        self._nftables = Nftables()
        self._listeners = Listeners()

    def __enter__(self):
        requirements.check()
        self._kernel.__enter__()
        return self

    def __exit__(self, *details):
        return self._kernel.__exit__(*details)

    def observe(self, wanted):
        """Return the `State` of the host as far as it is wanted."""
        state = self._kernel.observe(wanted)
        if any(link.ours and link.kind == "veth" for link in state.links.values()):
            guards = self._nftables.read()
            guarded = {
                name: dataclasses.replace(state.links[name], anti_spoof=guards[name])
                for name in guards
                if name in state.links
            }
            state = dataclasses.replace(state, links={**state.links, **guarded})
        if wanted.files:
            files = read_files()
            state = dataclasses.replace(state, files=files, networks=read_networks(files), resolvers=read_resolvers())
        if not wanted.firewall:
            return state
        state = dataclasses.replace(state, units=read_units(), dnsmasq=find(PROGRAM))
        return with_firewall(state, self._iptables, self._nftables)

    def perform_all(self, steps):
        """Perform steps in order, those of the kernel and those of systemd in runs."""
        for perform, run in itertools.groupby(steps, key=self._performer):
            if perform is None:
                self._kernel.perform_all(list(run))
            elif perform is change_units:
                change_units(list(run))
            else:
                for step in run:
                    perform(self, step)

    def _performer(self, step):
        return self._PERFORM.get(type(step))

    def _apply_firewall(self, step):
        self._iptables.write(step.family, step.before, step.after)

    def _remember_forwarding(self, step):
        note(step.family, step.switch)

    def _guard_link(self, step):
        self._nftables.write(step.name, step.allowed)

    def _write_file(self, step):
        write_file(step)

    def _remove_file(self, step):
        remove_file(step)

    def _reload_unit(self, step):
        reload_unit(step)

    _PERFORM = {
        ApplyFirewall: _apply_firewall,
        RememberForwarding: _remember_forwarding,
        GuardLink: _guard_link,
        WriteFile: _write_file,
        RemoveFile: _remove_file,
        SetUnit: change_units,
        RemoveUnit: change_units,
        ReloadUnit: _reload_unit,
    }

    def mentions(self, table, word):
        """Tell whether a table of nftables holds a quoted word, such as the name of an interface."""
        return self._nftables.mentions(table, word)

    def listener(self, protocol, ports, host_ip, family, proxies=()):
        """Return (process name, pid) of a process of the host that listens there, or None."""
        return self._listeners.listener(protocol, ports, host_ip, family, proxies)
