# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking a wall away by hand, to see that it was what stopped a packet; and a service of the host that hears."""

from __future__ import annotations

import select
import socket

from talk import SILENCE, open_in

PROGRAM = {4: "iptables", 6: "ip6tables"}


def drop_rules(host, family, table, words):
    """Delete the rules of ours that hold all these words; returns how many there were."""
    saved = host.run([PROGRAM[family] + "-save", "-t", table]).stdout.splitlines()
    rules = [line for line in saved if line.startswith("-A HOSTNET")]
    doomed = [number for number, line in enumerate(rules) if all(word in line for word in words)]
    # By their places, the last first: not every rule is found again by what iptables prints of it.
    lines = ["*" + table] + ["-D " + _place(rules, number) for number in reversed(doomed)] + ["COMMIT", ""]
    host.run([PROGRAM[family] + "-restore", "--noflush"], stdin="\n".join(lines))
    return len(doomed)


def _place(rules, number):
    chain = rules[number].split()[1]
    return "%s %d" % (chain, sum(line.split()[1] == chain for line in rules[: number + 1]))


def believe_any_source(host):
    """Switch off what the kernel itself has against forged sources of IPv4; of IPv6 it has nothing."""
    for name in host.run("ls /proc/sys/net/ipv4/conf").stdout.split():
        host.run(["sysctl", "-q", "net.ipv4.conf.%s.rp_filter=0" % name, "net.ipv4.conf.%s.accept_local=1" % name])


class Service:
    """A service of the host for datagrams, on every address of a family."""

    def __init__(self, host, family, port):
        self._socket = open_in(host, family, socket.SOCK_DGRAM)
        self._socket.bind(({4: "0.0.0.0", 6: "::"}[family], port))

    def hears(self, payload, timeout=SILENCE):
        """Whether a datagram with these bytes arrives."""
        while select.select([self._socket], [], [], timeout)[0]:
            if self._socket.recv(4096) == payload:
                return True
        return False
