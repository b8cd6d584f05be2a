# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reporting on a host, and reading no more of it than what is asked for."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid
from ansible_collections.hostnet.containers.plugins.module_utils.plan import engine
from ansible_collections.hostnet.containers.plugins.module_utils.plan.consequences import with_needs
from ansible_collections.hostnet.containers.plugins.module_utils.report.drift import drift, drift_from
from ansible_collections.hostnet.containers.plugins.module_utils.report.info import report
from ansible_collections.hostnet.containers.plugins.module_utils.resources.ipv6 import ipv6_key
from ansible_collections.hostnet.containers.plugins.module_utils.resources.network import network as networks
from ansible_collections.hostnet.containers.plugins.module_utils.state.observation_needs import ObservationNeeds
from ansible_collections.hostnet.containers.plugins.module_utils.steps.file_words import listed

_RECORDS = ObservationNeeds(files=True)
_FIREWALL = ObservationNeeds(links=True, firewall=True)
_INSIDE = ObservationNeeds(
    links=True, owned_namespaces=True, sysctls=frozenset({("*", ipv6_key("*")), (None, ipv6_key("*"))})
)
# What can be told, each by the key under which it is returned, and what has to be observed for it.
_NEEDS = {
    "networks": _RECORDS,
    "bridges": ObservationNeeds(links=True, inventory=True),
    "namespaces": _INSIDE | ObservationNeeds(inventory=True),
    "ports": _FIREWALL,
    "rules": _FIREWALL,
    "forwarding": with_needs(_FIREWALL),
    "drift": with_needs(_RECORDS | _FIREWALL | _INSIDE),
}
PARTS = tuple(_NEEDS)


def gather(host, parts=PARTS, name=None, declaration=None):
    """Report on a host.

    Args:
        host: an adapter with ``observe`` and ``listener``.
        parts: those of `PARTS` that are asked for.
        name: of a network, bridge or namespace that the report is narrowed to; None for all.
        declaration: networks that the host is compared with, beside those on record; None for none.

    Raises:
        Invalid: the declaration is one that no host could have.
    """
    if declaration is not None and "drift" not in parts:
        raise Invalid("declared", "is what the part drift compares with; add drift to gather, or leave out declared")
    state = host.observe(_needs(host, parts, name, declaration))
    if name is not None:
        _check_name(state, name, declaration)
    found = report(state, parts, name)
    if "drift" in parts:
        found["drift"] = _drift(host, state, name, declaration)
    return found


def _check_name(state, name, declaration):
    known = {
        "networks": {*state.networks, *state.damaged, *(item.name for item in getattr(declaration, "resources", ()))},
        "bridges": {link.name for link in state.links.values() if link.kind == "bridge" and link.ours},
        "namespaces": {item.name for item in state.namespaces.values() if not item.debris},
    }
    if not any(name in names for names in known.values()):
        told = ["%s %s" % (kind, listed(sorted(names))) for kind, names in known.items() if names]
        raise Invalid(
            "name",
            "the host has no network, bridge or namespace %s; it has %s" % (name, "; ".join(told) if told else "none"),
        )


def _needs(host, parts, name, declaration):
    needs = ObservationNeeds()
    for part in parts:
        needs |= _NEEDS[part]
    if name is not None:
        # What bears the name, and which interfaces are of which bridge.
        needs |= _RECORDS | ObservationNeeds(links=True, owned_namespaces=True)
    if "drift" in parts:
        for item in host.observe(_RECORDS).networks.values():
            needs |= networks.observation_needs(item)
        needs = with_needs(needs)
    return needs | engine.needs_of(declaration, host) if declaration is not None else needs


def _drift(host, state, name, declaration):
    declared = {item.name for item in declaration.resources} if declaration is not None else set()
    recorded = {key: item for key, item in state.networks.items() if key not in declared}
    # A damaged or lost record of a declared network is told there, too: a run would write it anew.
    found = [item for item in drift(state, recorded, whole=not declared) if item["network"] not in declared]
    if declared:
        found += drift_from(state, declaration, lambda plan: engine.check_on_host(plan, host))
    merged = {}
    for item in found:
        if name in (None, item["network"]):
            lines = merged.setdefault(item["network"], [])
            lines += [line for line in item["repair"] if line not in lines]
    in_order = sorted(merged, key=lambda key: (key is None, key))
    return [{"network": key, "repair": merged[key]} for key in in_order]
