# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Docker's short form of a published port: ``[host_ip:]host_port[-end]:container_port[-end][/proto]``."""

from __future__ import annotations

import re

_SHORT = re.compile(
    r"(?:(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[0-9.]+)):)?"
    r"(?P<host_port>[0-9-]+):(?P<container_port>[0-9-]+)(?:/(?P<protocol>[a-z]+))?"
)


def expand(text):
    """Return the raw options that a short form stands for.

    Args:
        text: such as ``8080:80``, ``192.0.2.1:8000-8010:80-90/udp`` or ``[2001:db8::1]:53:53/udp``.

    Raises:
        ValueError: with the form to use.
    """
    match = _SHORT.fullmatch(text)
    if not match:
        raise ValueError(
            "%r is not a published port; write [host_ip:]host_port[-end]:container_port[-end][/proto], such as 8080:80"
            % text
        )
    found = match.groupdict()
    options = {
        "host_ip": found["six"] or found["four"],
        "host_port": found["host_port"],
        "container_port": found["container_port"],
        "protocol": found["protocol"],
    }
    if options["protocol"] not in (None, "tcp", "udp", "sctp"):
        raise ValueError("%r has the protocol %s; use tcp, udp or sctp" % (text, found["protocol"]))
    return {name: value for name, value in options.items() if value is not None}
