# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Docker's short form of a published port: ``[host_ip:]host_port[-end]:container_port[-end][/proto]``."""

from __future__ import annotations

import re

from ansible_collections.hostnet.containers.plugins.module_utils.declare.unquoted import written

HIGHEST_PORT = 65535
_SHORT = re.compile(
    r"(?:(?:(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[0-9.]+)):)?(?P<host_port>[0-9-]+):(?P<container_port>[0-9-]+)"
    r"|(?P<port>[0-9-]+))(?:/(?P<protocol>[A-Za-z]+))?"
)


def expand(text):
    """Return the raw options that a short form stands for.

    Args:
        text: such as ``8080:80``, ``8080``, ``192.0.2.1:8000-8010:80-90/udp`` or ``[2001:db8::1]:53:53/udp``.

    Raises:
        ValueError: with the form to use.
    """
    if _number(text):
        raise ValueError("%s is a number, and YAML reads %s without quotes as one, too; %s" % (text, *_meant(text)))
    match = _SHORT.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise ValueError(
            "%r is not a published port; write [host_ip:]host_port[-end]:container_port[-end][/proto], such as "
            "8080:80, or a dict of options" % (text,)
        )
    found = match.groupdict()
    options = {
        "host_ip": found["six"] or found["four"],
        "host_port": found["host_port"] or found["port"],
        "container_port": found["container_port"],
        "protocol": found["protocol"],
    }
    if options["protocol"] not in (None, "tcp", "udp", "sctp"):
        raise ValueError("%r has the protocol %s; use tcp, udp or sctp" % (text, found["protocol"]))
    return {name: value for name, value in options.items() if value is not None}


def _number(value):
    """Tell a number from text. One port is text as well, but no number above the highest port."""
    if isinstance(value, str):
        return re.fullmatch("[0-9]{5,12}", value) is not None and int(value) > HIGHEST_PORT
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _meant(number):
    """Return what a number may have been written as, and what to write instead."""
    pair = written(int(number), 2)
    alone = ' or "%s"' % number if 1 <= int(number) <= HIGHEST_PORT else ""
    return pair, 'quote what you mean: "%s"%s' % (pair, alone)
