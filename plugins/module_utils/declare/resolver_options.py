# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a network writes into the ``resolv.conf`` of its containers, where that is not as on the host."""

from __future__ import annotations

import re

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import address
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import host_names

MOST_SERVERS = 3
_OPTION = re.compile(r"[a-z][a-z0-9-]*(:[0-9]{1,5})?")


def name_servers(values):
    """Parse addresses of name servers, each once."""
    found = tuple(dict.fromkeys(address(value) for value in values))
    for item in found:
        if item.is_unspecified or item.is_multicast:
            raise ValueError("%s is not the address of a server" % item)
    if len(found) > MOST_SERVERS:
        raise ValueError("there are %d; give at most %d, which is as many as programs ask" % (len(found), MOST_SERVERS))
    return found


def search_domains(values):
    """Parse domains that are tried behind names without a dot."""
    return host_names(tuple(value.rstrip(".") or value for value in values))


def resolver_options(values):
    """Parse options of ``resolv.conf`` such as ``ndots:2``."""
    for position, value in enumerate(values):
        if not _OPTION.fullmatch(value):
            raise ValueError("%r is not an option of resolv.conf; use such as ndots:2 or rotate" % value)
        if value in values[:position]:
            raise ValueError("%s is listed twice; list each option once" % value)
    return tuple(values)
