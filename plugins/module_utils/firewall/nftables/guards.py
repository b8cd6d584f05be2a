# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guards: for each guarded port a chain that lets through what its container may send.

iptables sees only what the host routes; what containers of a bridge send each other has to be judged on the bridge.
The conditions are plain ones, which nft 0.9.8 and 1.1.3 list alike.
"""

from __future__ import annotations

import ipaddress

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.nftables.rules import (
    Rule,
    hardware_address,
    hardware_number,
    match,
)
from ansible_collections.hostnet.containers.plugins.module_utils.state.bridge_table import Guard, guard

REFUSED = "refused"
_NOTE, _ALLOWED_NOTE = "hostnet guard", "allowed"
_IP, _ARP, _IP6 = 0x0800, 0x0806, 0x86DD
_ICMPV6 = 58
_IGMP, _IGMP_QUERY, _IGMP_ROUTER = 2, 0x11, 0x30
_REDIRECT, _ROUTER = 5, 9
_MLD_QUERY, _MLD_REPORT, _MLD_DONE, _MLD2_REPORT = 130, 131, 132, 143
_ROUTER_SOLICIT, _ROUTER_ADVERT, _SOLICIT, _ADVERT, _REDIRECT6, _RENUMBERING = range(133, 139)
_MULTICAST_ROUTERS = (151, 153)
# The target of neighbour discovery, where no extension header comes before it. There is a name for it that old
# releases do not know, and that of the transport header would be listed by that name.
_TARGET = "@nh,384,128"
# The first option: of a router solicitation, and of a neighbour solicitation or advertisement.
_FIRST_OPTION = {_ROUTER_SOLICIT: "@nh,384,64", _SOLICIT: "@nh,512,64"}
_WITHOUT_OPTIONS = {_ROUTER_SOLICIT: 8, _SOLICIT: 24}
_OPTION, _LONGEST = 8, 0xFFFF
_NOWHERE = ipaddress.ip_network("0.0.0.0/32")
_NOWHERE6 = ipaddress.ip_network("::/128")


def _longer_than(size):
    return match("ip6 length", (size + 1, _LONGEST))


# What no container may send, whatever its addresses are.
REFUSED_RULES = (
    # Tagged frames, too: the kernel takes the outermost tag off before it looks at what is inside.
    Rule((match("ether type", _IP, _ARP, _IP6, other=True),), "drop"),
    # Clients of DHCP go by the port that an answer is sent to, and not by that which it comes from.
    Rule((match("udp sport", 67, 547),), "drop"),
    Rule((match("udp dport", 68, 546),), "drop"),
    Rule((match("icmp type", _REDIRECT, _ROUTER),), "drop"),
    Rule((match("ip protocol", _IGMP), match("igmp type", _IGMP_QUERY, _IGMP_ROUTER)), "drop"),
    Rule((match("icmpv6 type", _MLD_QUERY, _ROUTER_ADVERT, (_REDIRECT6, _RENUMBERING), _MULTICAST_ROUTERS),), "drop"),
    # Behind an extension header, a fragment's included, the target of neighbour discovery would not be seen.
    Rule(
        (match("icmpv6 type", (_ROUTER_SOLICIT, _REDIRECT6)), match("ip6 nexthdr", _ICMPV6, other=True)),
        "drop",
    ),
    # Neither would a second option.
    Rule((match("icmpv6 type", _ROUTER_SOLICIT), _longer_than(_WITHOUT_OPTIONS[_ROUTER_SOLICIT] + _OPTION)), "drop"),
    Rule((match("icmpv6 type", (_SOLICIT, _ADVERT)), _longer_than(_WITHOUT_OPTIONS[_SOLICIT] + _OPTION)), "drop"),
)


def guard_rules(item):
    """Return the rules of a `Guard`."""
    own = {family: [one for one in item.addresses if one.version == family] for family in (4, 6)}
    allowed = {family: [one for one in item.allowed if one.version == family] for family in (4, 6)}
    if own[6] or allowed[6]:
        own[6] = [*own[6], ipaddress.ip_network(link_local(item.mac))]
    rules = [
        Rule((match("ether saddr", item.mac, other=True),), "drop", _NOTE),
        Rule((), "jump " + REFUSED),
    ]
    rules += _four(item.mac, own[4], allowed[4])
    rules += _six(item.mac, own[6], allowed[6])
    return (*rules, Rule((), "drop"))


def _four(mac, own, allowed):
    every = own + allowed
    if not every:
        return []
    sender = match("arp saddr ether", mac)
    return [
        Rule((sender, match("arp saddr ip", *every)), "accept"),
        # A probe claims the address that it asks for.
        Rule((sender, match("arp saddr ip", _NOWHERE), match("arp daddr ip", *every)), "accept"),
        *_sources("ip saddr", own, allowed),
    ]


def _six(mac, own, allowed):
    every = own + allowed
    if not every:
        return []
    unspecified = match("ip6 saddr", _NOWHERE6)
    return [
        *_link_layer_options(mac),
        Rule((match("icmpv6 type", _ADVERT), match(_TARGET, *every, other=True)), "drop"),
        *_sources("ip6 saddr", own, allowed),
        # Duplicate address detection claims the address that it asks for.
        Rule((unspecified, match("icmpv6 type", _SOLICIT), match(_TARGET, *every)), "accept"),
        Rule((unspecified, match("icmpv6 type", (_MLD_REPORT, _ROUTER_SOLICIT), _MLD2_REPORT)), "accept"),
    ]


def _link_layer_options(mac):
    """Neighbour discovery tells the sender's hardware address a second time, and that is the one which is believed."""
    source, target = (number << 56 | 1 << 48 | hardware_number(mac) for number in (1, 2))
    return [
        Rule(
            (
                match("icmpv6 type", _ROUTER_SOLICIT),
                _longer_than(_WITHOUT_OPTIONS[_ROUTER_SOLICIT]),
                match(_FIRST_OPTION[_ROUTER_SOLICIT], source, other=True),
            ),
            "drop",
        ),
        Rule(
            (
                match("icmpv6 type", (_SOLICIT, _ADVERT)),
                # The detection of duplicates has no such option, but may have one against its own echo.
                match("ip6 saddr", _NOWHERE6, other=True),
                _longer_than(_WITHOUT_OPTIONS[_SOLICIT]),
                match(_FIRST_OPTION[_SOLICIT], source, target, other=True),
            ),
            "drop",
        ),
    ]


def _sources(field, own, allowed):
    rules = [Rule((match(field, *own),), "accept")] if own else []
    return rules + ([Rule((match(field, *allowed),), "accept", _ALLOWED_NOTE)] if allowed else [])


def read_guard(rules):
    """Return the `Guard` that rules stand for; None if they do not tell whose frames they are for.

    Only the host's root writes these rules. So what a chain that was tampered with still tells is taken for what it
    was; that it is not intact any more has it written anew.
    """
    mac, own, allowed = None, [], []
    for rule in rules:
        for condition in rule.matches:
            if condition.field in ("ether saddr", "arp saddr ether") and not isinstance(condition.values, str):
                mac = mac or hardware_address(min(condition.values)[0])
            if condition.field in ("ip saddr", "ip6 saddr") and len(rule.matches) == 1 and rule.verdict == "accept":
                (allowed if rule.note == _ALLOWED_NOTE else own).extend(_networks(condition))
    if mac is None:
        return None
    generated = ipaddress.ip_network(link_local(mac))
    found = guard(mac, [item for item in own if item != generated], allowed)
    return found if guard_rules(found) == tuple(rules) else Guard(mac, found.addresses, found.allowed, intact=False)


def _networks(condition):
    make = ipaddress.IPv4Address if condition.field == "ip saddr" else ipaddress.IPv6Address
    for first, last in condition.values:
        yield from ipaddress.summarize_address_range(make(first), make(last))


def link_local(mac):
    """The link-local IPv6 address that the kernel derives from a MAC address."""
    parts = [int(part, 16) for part in mac.split(":")]
    parts[0] ^= 2
    identifier = bytes(parts[:3] + [0xFF, 0xFE] + parts[3:])
    return ipaddress.IPv6Address(b"\xfe\x80" + bytes(6) + identifier)
