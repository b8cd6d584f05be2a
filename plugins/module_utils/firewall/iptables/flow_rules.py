# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rules of one family decide of a flow: where it leads, under which source, and whether it may be at all.

The rules themselves are asked, as they stand on the host before a plan and after it, so that no rule is forgotten here
that others write. Rules of others, and those of the user's own chains, are not.
"""

from __future__ import annotations

import bisect
import dataclasses
import functools
import ipaddress
import re
from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.flow_decision import OF_THE_HOST, Decision
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule_matching import (
    Packet,
    condition,
    mask,
    networks_of,
    ports_of,
)
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import (
    PREFIX,
    USER_CHAINS,
    Tables,
)

_REFUSALS = ("DROP", "REJECT")
_FINAL = (*_REFUSALS, "ACCEPT", "DNAT", "SNAT", "MASQUERADE")
_NEW, _NEW_AND_LED = frozenset({"NEW"}), frozenset({"NEW", "DNAT"})
_WITH_PORT = re.compile(r"(?:\[(.+)\]|([0-9.]+)):(\d+)")
_LINK_LOCAL = 0xFE80 >> 6


_REFUSED = Decision(refused=True)


@dataclass(frozen=True)
class Wiring:
    """Which addresses of one family are where.

    Attributes:
        networks: pairs of a network of a bridge and the bridge's name.
        own: addresses of the host, as numbers.
        lost: addresses that are not the host's any more.
    """

    networks: tuple = ()
    own: frozenset = frozenset()
    lost: frozenset = frozenset()


@dataclass(frozen=True)
class FlowRules:
    """The rules of one family.

    Decisions about flows that no rule tells apart are made once, so that a flow costs the same whatever the rules.

    Attributes:
        family: 4 or 6.
        tables: tuple of `Tables`, one for each backend of iptables that holds rules of ours.
        wiring: the `Wiring`.
    """

    family: int
    tables: tuple = ()
    wiring: Wiring = Wiring()

    def decision(self, flow, host):
        """Return the `Decision` about a flow.

        Args:
            flow: a `Flow`.
            host: tells by ``is_local(address)``, ``device_beside(neighbour, address)`` and
                ``device_to(address, source, came_by)`` of the host's own addresses and routes as they are.
        """
        local, there = self._is_local(flow.source, host), self._is_local(flow.destination, host)
        came_by = None if local else self._came_by(flow, there, host)
        begins = (flow.protocol, *self._classes(flow.source, flow.destination, flow.port), came_by, local, there)
        if begins not in self._beginnings:
            packet = Packet(flow.protocol, flow.source, flow.destination, flow.port, came_by, None, local, there, _NEW)
            self._beginnings[begins] = self._begun(packet)
        refused, led = self._beginnings[begins]
        if refused:
            return _REFUSED
        ends_at, port = flow.destination, flow.port
        if led:
            ends_at, port = led[0], port if led[1] is None else led[1]
            there = self._is_local(ends_at, host)
        leaves_by = None if there else self._device(ends_at, host, flow.source, came_by)
        goes_on = (begins, *self._classes(ends_at, 0, port), leaves_by, there, led is None)
        if goes_on not in self._endings:
            states = _NEW if led is None else _NEW_AND_LED
            sent_to = flow.destination
            packet = Packet(
                flow.protocol, flow.source, ends_at, port, came_by, leaves_by, local, there, states, sent_to
            )
            self._endings[goes_on] = self._ended(packet)
        decision = self._endings[goes_on]
        return decision if led is None else dataclasses.replace(decision, target=(ends_at, port))

    def refuses_answers(self, flow, host):
        """Tell whether answers to a flow that is not translated are dropped where they come in."""
        if self._is_local(flow.led_to, host):
            return False
        came_by = self._device(flow.led_to, host)
        here = self._is_local(flow.source, host)
        return self._is_dropped(
            Packet(flow.protocol, flow.led_to, flow.source, came_by=came_by, destination_is_local=here)
        )

    @property
    def asks_the_user(self):
        """Whether there are rules in the user's chains, so that what is decided here is not the last word."""
        return any(
            table.chains.get(name)
            for tables in self.tables
            for table in tables.by_name.values()
            for name in USER_CHAINS
        )

    @functools.cached_property
    def _beginnings(self):
        return {}

    @functools.cached_property
    def _endings(self):
        return {}

    @functools.cached_property
    def _known(self):
        """What is known of addresses: dicts from address to its class, and to its device."""
        return {}, {}

    @functools.cached_property
    def _conditions(self):
        return {}

    @functools.cached_property
    def _named(self):
        """What rules name: pairs of a mask and the networks of its length, and where runs of ports begin and end."""
        rules = [item for tables in self.tables for _table, _chain, item in tables.rules_of_ours()]
        networks = {}
        for number, length in networks_of(rules):
            networks.setdefault(mask(length, self.family), set()).add(number)
        return tuple(networks.items()), ports_of(rules)

    @functools.cached_property
    def _wired(self):
        """Masks, the longest first, with a dict from network to bridge."""
        found = {}
        for network, bridge in self.wiring.networks:
            found.setdefault(int(network.netmask), {})[int(network.network_address)] = bridge
        return sorted(found.items(), reverse=True)

    def _classes(self, source, destination, port):
        """Two packets of which these are the same are told apart by no rule that names addresses or ports."""
        return (
            self._class_of(source),
            self._class_of(destination),
            None if port is None else bisect.bisect_right(self._named[1], port),
        )

    def _class_of(self, address):
        known = self._known[0]
        if address not in known:
            known[address] = tuple([number for bits, named in self._named[0] if (number := address & bits) in named])
        return known[address]

    def _device(self, address, host, source=None, came_by=None):
        """The device that an address is behind; for what is sent there, from whom and whence may decide, too."""
        known = self._known[1]
        if address not in known:
            near = (bridges[address & bits] for bits, bridges in self._wired if address & bits in bridges)
            known[address] = next(near, None)
        return known[address] or host.device_to(address, source, came_by)

    def _came_by(self, flow, to_host, host):
        """No route tells where a link-local address is, which only the host itself is sent anything from."""
        if self.family == 6 and flow.source >> 118 == _LINK_LOCAL:
            return host.device_beside(flow.source, flow.destination) if to_host else None
        return self._device(flow.source, host)

    def _is_local(self, address, host):
        return address in self.wiring.own or address not in self.wiring.lost and host.is_local(address)

    def _is_dropped(self, packet):
        return any(found.target in _REFUSALS for found in self._asked("raw", "PREROUTING", packet))

    def _begun(self, packet):
        """Return whether a flow is dropped where it comes in, and where it is led."""
        if not packet.source_is_local and self._is_dropped(packet):
            return True, None
        for found in self._asked("nat", "OUTPUT" if packet.source_is_local else "PREROUTING", packet):
            if found.target == "DNAT":
                return False, _target(found.rule.option("--to-destination"))
        return False, None

    def _ended(self, packet):
        """Return the `Decision` about a flow where it goes on, wherever it was led to."""
        refused = accepted = False
        if not packet.source_is_local:
            hook = "INPUT" if packet.destination_is_local else "FORWARD"
            for found in self._asked("filter", hook, packet):
                refused = refused or found.target in _REFUSALS
                accepted = accepted or found.target == "ACCEPT"
        source = None
        if not refused and not packet.destination_is_local:
            for found in self._asked("nat", "POSTROUTING", packet):
                if found.target in ("MASQUERADE", "SNAT"):
                    source = found.rule.option("--to-source")
                    source = OF_THE_HOST if source is None else _target(source)[0]
        return Decision(refused, accepted and not refused, None, source)

    def _asked(self, table, hook, packet):
        """Return the rules that decide about a packet, one for each of the tables that has one."""
        found = (self._decided(number, table, hook, packet) for number in range(len(self.tables)))
        return [one for one in found if one is not None]

    def _decided(self, number, table, chain, packet):
        for one in self._conditions_of(number, table, chain):
            if not one.matches(packet):
                continue
            if one.target in _FINAL:
                return one
            if one.target == "RETURN":
                return None
            if one.target.startswith(PREFIX) and one.target not in USER_CHAINS:
                found = self._decided(number, table, one.target, packet)
                if found is not None or one.goes:
                    return found
        return None

    def _conditions_of(self, number, table, chain):
        key = number, table, chain
        if key not in self._conditions:
            rules = self.tables[number].table(table).chains.get(chain, ())
            ours = rules if chain.startswith(PREFIX) else [item for item in rules if item.target.startswith(PREFIX)]
            self._conditions[key] = tuple(map(condition, ours))
        return self._conditions[key]


def flow_rules(state, family, earlier=None):
    """Return the `FlowRules` of a host.

    Args:
        state: the `State`.
        family: 4 or 6.
        earlier: the `FlowRules` that held before.
    """
    tables = [state.firewall.get(family, Tables())]
    other = state.other_firewall.get(family, Tables())
    if other.hold_ours:
        tables.append(other)
    # Who bears an address of a network that a bridge had is behind it still.
    networks = [item for item in earlier.wiring.networks if item[1] in state.links] if earlier else []
    own = set()
    for link in state.links.values():
        for item in link.addresses:
            if item.interface.version == family:
                own.add(int(item.interface.ip))
                if link.kind == "bridge":
                    networks.append((item.interface.network, link.name))
    lost = frozenset(earlier.wiring.own - own) if earlier else frozenset()
    return FlowRules(family, tuple(tables), Wiring(tuple(networks), frozenset(own), lost))


def _target(text):
    """Return address and port, None where none is given, of what iptables calls a destination or a source."""
    match = _WITH_PORT.fullmatch(text)
    host, port = (match.group(1) or match.group(2), match.group(3)) if match else (text.strip("[]"), None)
    return int(ipaddress.ip_address(host)), int(port) if port else None
