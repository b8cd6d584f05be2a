# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guards against spoofed sources: a chain for each guarded port of a bridge, in the nftables table ``bridge hostnet``.

iptables sees only what the host routes; what containers of a bridge send each other has to be judged on the bridge.
The chains are found by a map from the port, so that the cost does not grow with the number of guarded ports.
"""

from __future__ import annotations

import ipaddress
import json

TABLE = "bridge hostnet"
_MARK = "hostnet guard"
_SKELETON = """\
add table bridge hostnet
add map bridge hostnet guarded { type ifname : verdict; }
add chain bridge hostnet prerouting { type filter hook prerouting priority -300; policy accept; }
flush chain bridge hostnet prerouting
add rule bridge hostnet prerouting iifname vmap @guarded
"""


def guard_text(known, changes):
    """Return the nft commands that set, change or take away guards; they are one transaction.

    Args:
        known: dict of the guards that are there, from port to allowed sources.
        changes: dict from port, the host's end of a veth pair, to (MAC, interface addresses) that may leave the
            container, or to None for no guard.
    """
    gone = [name for name, allowed in changes.items() if allowed is None and name in known]
    come = {name: allowed for name, allowed in changes.items() if allowed is not None}
    if gone and not come and set(gone) == set(known):
        return "delete table %s\n" % TABLE
    lines = [line for name in gone for line in _without(name)]
    lines += [line for name, allowed in come.items() for line in _with(name, allowed)]
    return (_SKELETON if come else "") + "".join(line + "\n" for line in lines)


def read_guards(listing):
    """Return the guards in the JSON listing of the table: dict from port to (MAC, interface addresses).

    A guard that was tampered with is not returned, so that the next plan sets it again.
    """
    items = [item for item in json.loads(listing)["nftables"] if item]
    rules = [item["rule"] for item in items if "rule" in item]
    hooked = any(rule["chain"] == "prerouting" for rule in rules)
    mapped = {element[0] for item in items if "map" in item for element in item["map"].get("elem", ())}
    found = {}
    for rule in rules:
        if rule.get("comment", "").startswith(_MARK):
            name = rule["chain"][len("port-") :]
            mac, *addresses = rule["comment"][len(_MARK) :].split()
            allowed = (mac, tuple(ipaddress.ip_interface(address) for address in addresses))
            complete = sum(other["chain"] == rule["chain"] for other in rules) == len(_rules(*allowed))
            if complete and hooked and name in mapped:
                found[name] = allowed
    return found


def _with(name, allowed):
    chain = "%s port-%s" % (TABLE, name)
    rules = ["add rule %s %s" % (chain, rule) for rule in _rules(*allowed)]
    element = 'add element %s guarded { "%s" : jump port-%s }' % (TABLE, name, name)
    return ["add chain " + chain, "flush chain " + chain, *rules, element]


def _without(name):
    return [
        'delete element %s guarded { "%s" }' % (TABLE, name),
        "flush chain %s port-%s" % (TABLE, name),
        "delete chain %s port-%s" % (TABLE, name),
    ]


def _rules(mac, addresses):
    four = ", ".join(str(item.ip) for item in addresses if item.version == 4)
    six = [item.ip for item in addresses if item.version == 6]
    note = 'comment "%s %s %s"' % (_MARK, mac, " ".join(map(str, addresses)))
    rules = ["ether saddr != %s drop %s" % (mac, note)]
    if four:
        rules += ["arp saddr ip { %s } arp saddr ether %s accept" % (four, mac), "ip saddr { %s } accept" % four]
    if six:
        own = ", ".join(map(str, [*six, link_local(mac)]))
        rules += [
            "icmpv6 type nd-router-advert drop",
            "icmpv6 type nd-neighbor-advert @th,64,128 != { %s } drop"
            % ", ".join(hex(int(ip)) for ip in [*six, link_local(mac)]),
            "ip6 saddr { %s } accept" % own,
            "ip6 saddr :: icmpv6 type { nd-neighbor-solicit, mld2-listener-report } accept",
        ]
    return [*rules, "drop"]


def link_local(mac):
    """The link-local IPv6 address that the kernel derives from a MAC address."""
    parts = [int(part, 16) for part in mac.split(":")]
    parts[0] ^= 2
    identifier = bytes(parts[:3] + [0xFF, 0xFE] + parts[3:])
    return ipaddress.IPv6Address(b"\xfe\x80" + bytes(6) + identifier)
