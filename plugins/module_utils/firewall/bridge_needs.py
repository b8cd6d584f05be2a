# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bridges and their policies as one family's rules need them."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.declare.forwarding import Forwarding


@dataclass(frozen=True)
class BridgeNeeds:
    """One bridge in the eyes of the rules of one family.

    Attributes:
        name: the interface.
        owned: whether this collection made it. For others, only published ports and replies are let through.
        served: whether a service names it; other bridges of ours are only kept apart from isolated ones.
        policy: its `Forwarding`, the default one if none was declared.
        declared: whether the policy was declared.
        subnets: its networks of this family, whose addresses containers may bear.
        attached: those of them that addresses of ours on the bridge are in. Nobody elsewhere can rightly bear theirs.
        allowed: further networks of this family whose addresses may leave.
        members: whether interfaces of the host are its ports, so that it is part of a LAN that may send anything.
        closed: whether it has subnets of the other family only, so that nothing may cross it in this one.
        masqueraded: networks of this family whose packets get another source on their way out.
        exempt: pairs of subnet and excluded destination, whose replies bear the container's address.
    """

    name: str
    owned: bool
    served: bool
    policy: Forwarding
    declared: bool
    subnets: tuple
    closed: bool
    masqueraded: tuple = ()
    exempt: tuple = ()
    attached: tuple = ()
    allowed: tuple = ()
    members: bool = False

    @property
    def sealed(self):
        """Whether nothing may leave or enter it by other interfaces."""
        return self.policy.internal or self.closed

    @property
    def walled(self):
        """Whether only addresses of its networks may leave it, and no others bear them."""
        return self.owned and self.served and not self.members

    @property
    def policed(self):
        """Whether its policy closes something of the host."""
        return self.host_access != "all" or bool(self.policy.deny_destinations)

    @property
    def host_access(self):
        """What of the host containers may open: ``all``, ``published``, ``none``, ``gateway`` (DNS and ping of it)."""
        return self.policy.host_access or ("gateway" if self.policy.internal and not self.members else "all")

    def denied(self, family):
        """Return the networks of a family that its containers may not reach."""
        return tuple(item for item in self.policy.deny_destinations if item.version == family)


def needs_of_bridges(state, services, family):
    """Return the bridges that the rules of one family speak of, sorted by name.

    Args:
        state: the host after the plan.
        services: the services after the plan, their subnets refreshed.
        family: 4 or 6.
    """
    served = set(services.bridges)
    ours = {name for name, link in state.links.items() if link.kind == "bridge" and link.ours}
    return tuple(_view(state, services, family, name, name in served) for name in sorted(served | ours))


def _view(state, services, family, name, served):
    link = state.links.get(name)
    every = services.subnets.get(name, ())
    subnets = tuple(item for item in every if item.version == family)
    rules = [item for item in services.masquerades.values() if item.bridge == name and item.family == family]
    ours = {item.interface.network for item in link.addresses if item.ours} if link else ()
    return BridgeNeeds(
        name=name,
        owned=link is None or link.ours,
        served=served,
        policy=services.policies.get(name) or Forwarding(bridge=name),
        declared=name in services.policies,
        subnets=subnets,
        closed=bool(every) and not subnets,
        masqueraded=tuple(item.source for item in rules if item.out_interface is None),
        exempt=tuple((item.source, destination) for item in rules for destination in item.exclude),
        attached=tuple(item for item in subnets if item in ours),
        allowed=_allowed(state, name, family, subnets),
        members=any(port.master == name and port.enslaved for port in state.links.values()),
    )


def _allowed(state, bridge, family, subnets):
    """What guards of its ports let leave beside their containers' own addresses, but for what its subnets hold."""
    guards = [link.anti_spoof for link in state.links.values() if link.master == bridge and link.anti_spoof is not None]
    networks = {item for guard in guards for item in guard.allowed if item.version == family}
    return tuple(sorted(item for item in networks if not any(item.subnet_of(subnet) for subnet in subnets)))


def live_subnets(state, services):
    """Return, for every bridge of ours or with a service, its networks: those it has now, else the remembered ones."""
    found = {}
    names = set(services.bridges) | {name for name, link in state.links.items() if link.kind == "bridge" and link.ours}
    for name in names:
        link = state.links.get(name)
        networks = {item.interface.network for item in link.addresses} if link else set()
        networks.update(item.source for item in services.masquerades.values() if item.bridge == name)
        if link is None and not networks:
            networks = set(services.subnets.get(name, ()))
        # Every interface has link-local addresses of IPv6; those of IPv4 are as good as others where they are given.
        usable = (item for item in networks if item.version == 4 or not item.is_link_local)
        found[name] = tuple(sorted(usable, key=lambda item: (item.version, item)))
    return found
