# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the host resolves names, as far as its containers can do the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Resolver:
    """What a ``resolv.conf`` says.

    Attributes:
        servers: addresses of name servers that can be reached from elsewhere, as text.
        search: domains that names without a dot are looked for in.
        options: such as ``edns0``.
    """

    servers: tuple = ()
    search: tuple = ()
    options: tuple = ()
