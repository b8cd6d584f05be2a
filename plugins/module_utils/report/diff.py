# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between two states of a host, as the user would declare it."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.report.as_declared import as_declared, pair_of
from ansible_collections.hostnet.containers.plugins.module_utils.report.untold import untold
from ansible_collections.hostnet.containers.plugins.module_utils.resources.container_ports import is_container_port
from ansible_collections.hostnet.containers.plugins.module_utils.steps.sysctls import SetSysctl
from ansible_collections.hostnet.containers.plugins.module_utils.systemd.proxy import described

_FAMILY = {4: "ipv4", 6: "ipv6"}


def diff(plan):
    """Return dicts ``before`` and ``after`` that hold only what differs between the two states of a plan."""
    settings = _told_settings(plan)
    before, after = _only_changed(*(_shown(state, settings) for state in (plan.before, plan.after)))
    for shown, lines in zip((before, after), _lines_of_files(plan.before.files, plan.after.files)):
        if lines:
            shown["files"] = lines
    further = untold(plan)
    return {"before": {**before, **further[0]}, "after": {**after, **further[1]}}


def _told_settings(plan):
    """What the kernel changes on its own along with a setting is not told."""
    return {(step.netns, step.key) for step in plan.steps if isinstance(step, SetSysctl) and not step.implied}


def _shown(state, settings):
    shown = {
        "namespaces": {name: _namespace(item, settings) for name, item in state.namespaces.items() if not item.debris},
        "bridges": {name: link for name, link in state.links.items() if link.kind == "bridge" and link.ours},
        "pairs": {
            name: pair_of(link, state) for name, link in state.links.items() if link.kind == "veth" and link.ours
        },
        "members": {name: {"bridge": link.master} for name, link in state.links.items() if link.enslaved},
        "sysctls": {
            key: value for key, value in state.sysctls.items() if value is not None and (None, key) in settings
        },
    }
    if state.bridge_table is not None:
        shown["frames"] = _frames(state)
    if state.services is not None:
        shown["ports"] = {_port(item): item for item in state.services.ports.values()}
        shown["rules"] = {" ".join(key).strip(): item for key, item in state.services.masquerades.items()}
        shown["forwarding"] = dict(state.services.policies)
        shown["dns"] = dict(state.services.dns)
        shown["proxies"] = described(state.units)
        shown["forward_policy"] = {_FAMILY[family]: _policy(tables) for family, tables in state.firewall.items()}
    return shown


def _only_changed(before, after):
    left, right = {}, {}
    for section in after:
        for name in list(before.get(section, {})) + [
            name for name in after[section] if name not in before.get(section, {})
        ]:
            old, new = before.get(section, {}).get(name), after[section].get(name)
            if old == new:
                continue
            old, new = as_declared(old), as_declared(new)
            if old == new:
                continue
            if old is not None:
                left.setdefault(section, {})[str(name)] = old
            if new is not None:
                right.setdefault(section, {})[str(name)] = new
    return left, right


def _lines_of_files(before, after):
    """Of files that change, the lines that go and those that come: the names of a thousand containers are all alike."""
    left, right, known = {}, {}, {}
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        if (old, new) not in known:
            known[old, new] = _without(old, new), _without(new, old)
        for side, content, lines in zip((left, right), (old, new), known[old, new]):
            if content is not None:
                side[path] = lines
    return left, right


def _without(content, other):
    lines = set() if other is None else set(str(other).splitlines())
    return [line for line in str(content or "").splitlines() if line not in lines]


def _frames(state):
    """The rules on frames that no option of a pair tells of, by port; what every port has, only where it has not."""
    table, shown = state.bridge_table, {}
    ports = {name for name, link in state.links.items() if is_container_port(link)}
    kinds = {"reflecting": table.reflecting, "apart": table.apart, "gone": (table.ports | set(table.guards)) - ports}
    if table.obstacle is None:
        kinds["unfiltered"] = ports - table.ports
    for kind, names in kinds.items():
        for name in names:
            shown.setdefault(name, {})[kind] = True
    return shown if table.intact else {**shown, "table bridge hostnet": {"changed by others": True}}


def _port(item):
    """A port that is published for both families is two."""
    return str(item) if item.family == 4 or item.only_host_ip is not None else "%s (%s)" % (item, _FAMILY[6])


def _policy(tables):
    return tables.table("filter").policies["FORWARD"].lower()


def _namespace(item, settings):
    lo = item.links.get("lo")
    shown = {"loopback": lo.up} if lo is not None else {}
    own = {
        key: value
        for key, value in item.sysctls.items()
        if value is not None and (".disable_ipv6" not in key or (item.name, key) in settings)
    }
    if own:
        shown["sysctls"] = own
    if item.attached:
        shown["attached"] = True
    if item.claimed:
        shown["taken over"] = False
    if item.rules:
        shown["rules"] = [str(rule) for rule in item.rules]
    return shown
