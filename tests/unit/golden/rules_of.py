# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of a planned host as sections of lines, alike in both families as far as they say the same."""

from __future__ import annotations

import functools
import re

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.rule import MARK
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import HOOKS

# What the addresses of the two families stand for.
WORDS = {
    "SUBNET": ("10.20.0.0/24", "fd00:20::/64"),
    "CONTAINER": ("10.20.0.2", "fd00:20::2"),
    "GATEWAY": ("10.20.0.1", "fd00:20::1"),
    "OTHER_SUBNET": ("10.30.0.0/24", "fd00:30::/64"),
    "OTHER_GATEWAY": ("10.30.0.1", "fd00:30::1"),
    "HOST": ("192.0.2.1", "2001:db8:1::1"),
    "CLIENTS": ("198.51.100.0/24", "2001:db8:2::/64"),
    "ELSEWHERE": ("203.0.113.0/24", "2001:db8:3::/64"),
    "LOOPBACK": ("127.0.0.0/8", "::1/128"),
    "LOCALHOST": ("127.0.0.1", "::1"),
    "MULTICAST": ("224.0.0.0/4", "ff00::/8"),
    "ALL": ("0.0.0.0/0", "::/0"),
}
_COMMENT = re.compile(r' ?-m comment --comment (?:"([^"]*)"|(\S+))')
_SETTINGS = re.compile(r"net\.ipv([46])\.(?:ip_forward|conf\.(?:all|br-\w+)\.(?:forwarding|route_localnet))")


def rules_of(state, family):
    """Return a dict from the title of each section to its lines, for one family of a host after a plan.

    Options in a comment are a section of their own, or the rule would be another with each of them.
    """
    found, comments = {}, {}
    for name, table in state.firewall[family].by_name.items():
        for chain in (*HOOKS[name], *table.ours()):
            rules = []
            for item in table.chains.get(chain, ()):
                line, kind, options = _line(item.text, family)
                rules.append(line)
                if comments.setdefault(kind, options) != options:
                    raise ValueError("two %s have different options; declare one of such things in a scene" % kind)
            policy = ["policy %s" % table.policies[chain]] if table.policies.get(chain, "ACCEPT") != "ACCEPT" else []
            if chain not in HOOKS[name] or rules or policy:
                found["%s %s" % (name, chain)] = (*policy, *rules)
    settings = ("%s = %s" % item for item in sorted(state.sysctls.items()) if _is_setting(item[0], family))
    with_options = {kind: options for kind, options in comments.items() if options}
    return {**found, "kernel settings": tuple(settings), **with_options}


def _is_setting(key, family):
    match = _SETTINGS.fullmatch(key)
    return match is not None and match.group(1) == str(family)


@functools.cache
def _line(text, family):
    """Return a rule with its comment behind it, what kind of comment it is, and the options in that."""
    match = _COMMENT.search(text)
    rule = _worded(_COMMENT.sub("", text).strip(), family)
    if match is None:
        return rule + "  # no comment", "no comment", ()
    words = _worded(match.group(1) or match.group(2), family).split(" ")
    about = " ".join(word for word in words if "=" not in word)
    kind = " ".join(word for word in about.split(" ") if not re.search(r"[:\d]", word))
    options = tuple(word for word in words if "=" in word)
    return (rule if about == MARK else "%s  # %s" % (rule, about)).strip(), "comment " + kind, options


def _worded(text, family):
    """Addresses replaced by words; one is found only where no further part of an address stands beside it."""
    for word, addresses in WORDS.items():
        address = re.escape(addresses[(4, 6).index(family)])
        text = re.sub(r"(?<![\w:.])%s(?![\w.]|:[\da-f]*:|/\d)" % address, word, text)
    return text
