# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host in memory: it observes and performs as the real one does, so that laws of plans can be tested without root."""

from __future__ import annotations

import dataclasses
import itertools

from ansible_collections.hostnet.containers.plugins.module_utils.files.records import read_networks
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.read_services import read_services
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.restore_text import restore_text
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.services import Services
from ansible_collections.hostnet.containers.plugins.module_utils.state.bridge_table import BridgeTable
from ansible_collections.hostnet.containers.plugins.module_utils.state.forwarding_settings import (
    as_the_kernel_leaves,
    route_localnet_key,
)
from ansible_collections.hostnet.containers.plugins.module_utils.state.host import State
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Address, Link
from ansible_collections.hostnet.containers.plugins.module_utils.state.namespace import Namespace, rule_order
from ansible_collections.hostnet.containers.plugins.module_utils.steps.addresses import AddAddress, RemoveAddress
from ansible_collections.hostnet.containers.plugins.module_utils.steps.connections import RedecideFlows
from ansible_collections.hostnet.containers.plugins.module_utils.steps.files import RemoveFile, WriteFile
from ansible_collections.hostnet.containers.plugins.module_utils.steps.firewall import (
    ApplyFirewall,
    FilterFrames,
    RememberForwarding,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.links import (
    Announce,
    ChangeLink,
    CreateBridge,
    CreateVeth,
    DeleteLink,
    NotePair,
    ShapeLink,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespaces import (
    CreateNamespace,
    DeleteNamespace,
    HandOverNamespace,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.routes import (
    AddRoute,
    AddRule,
    RemoveRoute,
    RemoveRule,
)
from ansible_collections.hostnet.containers.plugins.module_utils.steps.sysctls import SetSysctl
from ansible_collections.hostnet.containers.plugins.module_utils.steps.units import ReloadUnit, RemoveUnit, SetUnit
from model.restore import restored


class MemoryHost:
    """Holds a `State`; refuses steps that the kernel would refuse."""

    def __init__(self, state):
        self.state = state
        self.listening = {}
        self._numbers = itertools.count(100)

    def observe(self, _wanted):
        """The whole state; services are read back from the rules, networks from their files."""
        services, (networks, damaged) = read_services(self.state.firewall), read_networks(self.state.files)
        read = {"services": services, "networks": networks, "on_record": networks, "damaged": damaged}
        state = dataclasses.replace(self.state, **read)
        return state.with_bridge_table(state.bridge_table)

    def remove_unfinished(self):
        """Nothing is left half-written in memory."""

    def listener(self, protocol, ports, _family, taken):
        """A `Listener` that was put into `listening` and would lose packets, or None."""
        for number in range(ports.first, ports.last + 1):
            found = self.listening.get((protocol, number))
            if found is not None and taken(found.ip, number):
                return found
        return None

    def foresee(self, _step):
        """Nothing is tracked here."""
        return ()

    seen = foresee

    def perform_all(self, plan):
        """Perform steps in order."""
        for step in plan:
            self.state = _PERFORM[type(step)](self, self.state, step)

    def number(self):
        """A number for a new link or namespace."""
        return next(self._numbers)


def empty_host():
    """A host as it is after its start."""
    from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import Tables

    return MemoryHost(
        State(
            links={"lo": Link("lo", up=True, index=1)},
            firewall={4: Tables(), 6: Tables()},
            services=Services(),
            bridge_table=BridgeTable(),
            dnsmasq="/usr/sbin/dnsmasq",
            sysctls={"net.ipv4.ip_forward": "0", "net.ipv6.conf.all.forwarding": "0"},
        )
    )


def _within(state, netns, name, change):
    if netns is None:
        return state.with_link(change(state.links[name]))
    namespace = state.namespaces[netns]
    return state.with_namespace(namespace.with_link(change(namespace.links[name])))


def _create_namespace(host, state, step):
    links = {"lo": Link("lo", up=step.loopback, index=host.number())}
    return state.with_namespace(Namespace(step.name, owner=step.owner, links=links, inode=host.number()))


def _delete_namespace(_host, state, step):
    for link in [link for link in state.links.values() if link.netns == step.name]:
        state = state.without_link(link.name)
    return state.without_namespace(step.name)


def _hand_over_namespace(_host, state, step):
    return state.with_namespace(state.namespaces[step.name].of_owner(step.owner))


def _create_bridge(host, state, step):
    _free(state, step.link.name)
    if route_localnet_key(step.link.name) in state.sysctls:
        state = state.with_sysctl(route_localnet_key(step.link.name), "0")
    return state.with_link(
        dataclasses.replace(step.link, addresses=(), index=host.number(), mac=step.link.mac or "02:00:00:00:00:01")
    )


def _create_veth(host, state, step):
    _free(state, step.link.name)
    if step.link.master is not None and step.link.master not in state.links:
        raise KeyError("no bridge " + step.link.master)
    namespace = state.namespaces[step.link.netns]
    peer = dataclasses.replace(step.peer, addresses=(), index=host.number())
    link = dataclasses.replace(step.link, index=host.number(), shaping=Link("x").shaping, anti_spoof=None)
    return state.with_link(link).with_namespace(namespace.with_link(peer))


def _free(state, name):
    if name in state.links:
        raise KeyError("File exists: " + name)


def _change_link(_host, state, step):
    def change(link):
        return dataclasses.replace(
            step.after,
            addresses=link.addresses,
            noted=link.noted,
            shaping=link.shaping,
            anti_spoof=link.anti_spoof,
            index=link.index,
        )

    return _within(state, step.netns, step.after.name, change)


def _delete_link(_host, state, step):
    link = state.links[step.name]
    state = state.without_link(step.name)
    namespace = state.namespaces.get(link.netns)
    if namespace is None or link.peer not in namespace.links:
        return state
    links = {name: other for name, other in namespace.links.items() if name != link.peer}
    routes = {device: found for device, found in namespace.routes.items() if device != link.peer}
    return state.with_namespace(dataclasses.replace(namespace, links=links, routes=routes))


def _add_address(_host, state, step):
    def change(link):
        if any(item.interface == step.interface for item in link.addresses):
            raise KeyError("File exists: %s" % step.interface)
        return dataclasses.replace(link, addresses=link.addresses + (Address(step.interface),))

    return _within(state, step.netns, step.device, change)


def _remove_address(_host, state, step):
    def change(link):
        kept = tuple(item for item in link.addresses if item.interface != step.interface)
        if kept == link.addresses:
            raise KeyError("no address %s" % step.interface)
        return dataclasses.replace(link, addresses=kept)

    return _within(state, step.netns, step.device, change)


def _routes(state, step, change):
    namespace = state.namespaces[step.netns]
    return state.with_namespace(namespace.with_routes(step.device, change(namespace.routes.get(step.device, ()))))


def _add_route(_host, state, step):
    """Whichever interface had a route to the same destination with the same metric loses it."""
    same = (step.route.to, step.route.metric, step.route.table)
    namespace = state.namespaces[step.netns]
    for device, found in namespace.routes.items():
        namespace = namespace.with_routes(device, [one for one in found if (one.to, one.metric, one.table) != same])
    return _routes(state.with_namespace(namespace), step, lambda found: [*found, step.route])


def _remove_route(_host, state, step):
    return _routes(state, step, lambda found: [one for one in found if one != step.route])


def _add_rule(_host, state, step):
    namespace = state.namespaces[step.netns]
    if not any(route.table == step.rule.table for found in namespace.routes.values() for route in found):
        raise KeyError("%s would lead to an empty table" % step.rule)
    return _with_rules(state, namespace, {*namespace.rules, step.rule})


def _remove_rule(_host, state, step):
    namespace = state.namespaces[step.netns]
    return _with_rules(state, namespace, {*namespace.rules} - {step.rule})


def _with_rules(state, namespace, rules):
    return state.with_namespace(dataclasses.replace(namespace, rules=tuple(sorted(rules, key=rule_order))))


def _set_sysctl(_host, state, step):
    if step.netns is None:
        return dataclasses.replace(state, sysctls=as_the_kernel_leaves(state.sysctls, step.key, step.value))
    namespace = state.namespaces[step.netns]
    return state.with_namespace(
        dataclasses.replace(namespace, sysctls=dict(namespace.sysctls, **{step.key: step.value}))
    )


def _note_pair(_host, state, step):
    return _within(state, None, step.link.name, lambda link: dataclasses.replace(link, noted=step.link.noted))


def _shape(_host, state, step):
    return _within(state, None, step.name, lambda link: dataclasses.replace(link, shaping=step.shaping))


def _filter_frames(_host, state, step):
    """As the real one, it writes what differs from what the step took for granted."""
    if state.bridge_table != step.before:
        raise KeyError("the rules on frames are not those that the plan knows")
    return dataclasses.replace(state, bridge_table=step.after)


def _apply_firewall(_host, state, step):
    """By way of the text, as the real one, so that the text is tested with every plan."""
    tables = restored(state.firewall[step.family], restore_text(step.before, step.after))
    return dataclasses.replace(state, firewall={**state.firewall, step.family: tables})


def _remember_forwarding(_host, state, step):
    kept = {family: switch for family, switch in state.remembered.items() if family != step.family}
    return dataclasses.replace(state, remembered=kept if step.switch is None else {**kept, step.family: step.switch})


def _set_unit(_host, state, step):
    return dataclasses.replace(state, units={**state.units, step.name: step.text})


def _remove_unit(_host, state, step):
    return dataclasses.replace(state, units={name: state.units[name] for name in state.units if name != step.name})


def _write_file(_host, state, step):
    return dataclasses.replace(state, files={**state.files, step.path: step.text})


def _remove_file(_host, state, step):
    return dataclasses.replace(state, files={path: text for path, text in state.files.items() if path != step.path})


def _nothing(_host, state, _step):
    return state


_PERFORM = {
    CreateNamespace: _create_namespace,
    DeleteNamespace: _delete_namespace,
    HandOverNamespace: _hand_over_namespace,
    CreateBridge: _create_bridge,
    CreateVeth: _create_veth,
    ChangeLink: _change_link,
    DeleteLink: _delete_link,
    AddAddress: _add_address,
    RemoveAddress: _remove_address,
    AddRoute: _add_route,
    RemoveRoute: _remove_route,
    AddRule: _add_rule,
    RemoveRule: _remove_rule,
    SetSysctl: _set_sysctl,
    NotePair: _note_pair,
    ShapeLink: _shape,
    Announce: _nothing,
    FilterFrames: _filter_frames,
    ApplyFirewall: _apply_firewall,
    RememberForwarding: _remember_forwarding,
    SetUnit: _set_unit,
    RemoveUnit: _remove_unit,
    ReloadUnit: _nothing,
    WriteFile: _write_file,
    RemoveFile: _remove_file,
    RedecideFlows: _nothing,
}
