# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Damages to rules, files and units. Each chooses at random from what there is, by `draw`."""

from __future__ import annotations

import json
import re

from damages import NAMES, OWNERS, damage


def _rules(host, family):
    """Yield table, chain and rule of each rule in our chains."""
    program, table = {4: "iptables", 6: "ip6tables"}[family], None
    for line in host.run(program + "-save").stdout.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith("-A HOSTNET"):
            yield program, table, line.split()[1], line[len("-A ") :]


def _networks_of(text):
    """Whose a rule is: that of its bridge, or everybody's."""
    named = {name for name in NAMES if "br-" + name in text or " %s " % name in text}
    return named or NAMES


def rule_gone(host, draw):
    program, table, _chain, text = draw(sorted(_rules(host, draw([4, 6]))))
    return damage("%s -t %s -D %s" % (program, table, text), _networks_of(text), ".")


def rule_added(host, draw):
    program, table, chain, _text = draw(sorted(_rules(host, draw([4, 6]))))
    return damage(
        "%s -t %s -I %s -m mark --mark 7 -j RETURN" % (program, table, chain), NAMES, "^update the IPv. rules"
    )


def chain_flushed(host, draw):
    program, table, chain, _text = draw(sorted(_rules(host, draw([4, 6]))))
    return damage("%s -t %s -F %s" % (program, table, chain), NAMES, ".")


def table_flushed(host, draw):
    program, table = draw(["iptables", "ip6tables"]), draw(["raw", "nat", "filter"])
    return damage("%s -t %s -F" % (program, table), NAMES, ".")


def all_flushed(host, draw):
    program = draw(["iptables", "ip6tables"])
    command = "; ".join(
        "%s -t %s -F; %s -t %s -X" % (program, table, program, table) for table in ("raw", "nat", "filter")
    )
    return damage(command, NAMES, ".")


def jump_gone(host, draw):
    program = draw(["iptables", "ip6tables"])
    table, hook = draw(
        [
            ("raw", "PREROUTING"),
            ("nat", "PREROUTING"),
            ("nat", "OUTPUT"),
            ("nat", "POSTROUTING"),
            ("filter", "FORWARD"),
            ("filter", "INPUT"),
        ]
    )
    return damage("%s -t %s -D %s 1" % (program, table, hook), NAMES, "^update the IPv. rules .* in table " + table)


def forward_policy(host, draw):
    program = draw(["iptables", "ip6tables"])
    return damage(program + " -P FORWARD ACCEPT", NAMES, "policy of chain FORWARD: ACCEPT -> DROP")


def guard_rule(host, draw):
    listing = json.loads(host.run("nft -j -a list table bridge hostnet").stdout)["nftables"]
    item = draw([item["rule"] for item in listing if "rule" in item])
    command = "nft delete rule bridge hostnet %s handle %d" % (item["chain"], item["handle"])
    return damage(command, NAMES, "table bridge hostnet|^guard ")


def guard_table(host, draw):
    command = draw(
        ["nft flush table bridge hostnet", "nft delete table bridge hostnet", "nft add chain bridge hostnet alien"]
    )
    return damage(command, NAMES, "table bridge hostnet|^guard ")


def guard_element(host, draw):
    listing = json.loads(host.run("nft -j list table bridge hostnet").stdout)["nftables"]
    found = [
        (item[kind]["name"], element)
        for item in listing
        for kind in ("set", "map")
        if kind in item
        for element in item[kind].get("elem", [])
    ]
    name, element = draw(found)
    key = element[0] if isinstance(element, list) else element
    if isinstance(key, dict):
        key = " . ".join(map(str, key["concat"])) if "concat" in key else str(key)
    return damage("nft delete element bridge hostnet %s '{ %s }'" % (name, key), NAMES, "table bridge hostnet|^guard ")


def file_of_a_container(host, draw):
    netns, name = draw(sorted(OWNERS)), draw(["hosts", "resolv.conf"])
    path = "/etc/netns/%s/%s" % (netns, name)
    command = draw(["rm %s", "echo x >>%s", "rm -r /etc/netns/" + netns]).replace("%s", path)
    return damage(command, {OWNERS[netns], *(["back"] if netns == "b" else [])}, r"^(write|update) name", True)


def record(host, draw):
    name = draw(sorted(NAMES))
    path = "/etc/hostnet/networks/%s.json" % name
    change = draw(["rm %s", "sed -i s/10.40.0.3/10.40.0.77/ %s"]) if name == "side" else "rm %s"
    return damage(change.replace("%s", path), name, "record of network " + name, False, lost=True)


def file_of_dns(host, draw):
    name, path = draw(["front", "back"]), draw(["/etc/hostnet/dns/%s/hosts", "/etc/hostnet/local-names/%s"])
    return damage(draw(["rm ", "echo x >>"]) + path % name, name, "names .* DNS server of network " + name)


def unit(host, draw):
    units = host.run("ls /run/systemd/system").stdout.split()
    name = draw([item for item in units if item.startswith("hostnet-")])
    running = "/run/stand-in/" + name
    ways = ["echo '# x' >>/run/systemd/system/" + name]
    server = re.match("hostnet-dns-(.*).service", name)
    if server:
        ways.append("kill $(cat {0}); while kill -0 $(cat {0}); do sleep 0.02; done; rm {0}".replace("{0}", running))
    else:
        ways += ["rm /run/systemd/system/" + name, "rm -f " + running] if name.endswith(".socket") else []
    return damage(draw(ways), server.group(1) if server else "front", "(DNS server of network|proxy for)")


def note_of_forwarding(host, draw):
    family = draw([4, 6])
    return damage("rm /run/hostnet/forwarding-%d" % family, NAMES, "^note how IPv%d forwarding was" % family)


KINDS = (
    *(rule_gone, rule_added, chain_flushed, table_flushed, all_flushed, jump_gone, forward_policy),
    *(guard_rule, guard_table, guard_element, file_of_a_container, record, file_of_dns, unit, note_of_forwarding),
)
