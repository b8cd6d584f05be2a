# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared resource `Forwarding`: which traffic may cross a bridge."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import networks
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import interface_name
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import option
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid

HOST_ACCESS = ["all", "published", "none"]


@dataclass(frozen=True)
class Forwarding:
    """The forwarding policy of one bridge.

    Attributes:
        bridge: the bridge.
        isolate: no traffic to or from other bridges of this collection.
        internal: no traffic leaves or enters by other interfaces.
        icc: containers on the bridge may talk to each other.
        direct_access: container addresses can be reached from outside the host without a published port.
        host_access: what of the host itself the containers may open: ``all``, ``published`` (published ports, the
            network's DNS, ping) or ``none``. None for ``all``, or, of an internal bridge, DNS and ping of its gateways.
        deny_destinations: networks that the containers may not reach.
        forward_policy: ``keep`` or ``drop``: what happens to the policy of the FORWARD chain; None for ``drop`` if
            this run switches IP forwarding on, else ``keep``.
        owner: who declared it; the scope of purge.
    """

    bridge: str = option("str", interface_name)
    isolate: bool = option("bool", default=True)
    internal: bool = option("bool", default=False)
    icc: bool = option("bool", default=True)
    direct_access: bool = option("bool", default=False)
    host_access: str = option("str", choices=HOST_ACCESS)
    deny_destinations: tuple = option("list", networks, elements="str", default=())
    forward_policy: str = option("str", choices=["keep", "drop"])
    owner: str = "default"

    KIND = "forwarding policy"
    LIST = "bridges"
    KEY = ("bridge",)
    NEEDED = ()

    @property
    def key(self):
        """What makes it this one and no other."""
        return self.bridge

    @property
    def host_access_beyond_default(self):
        """The wish for the host as far as it says more than no wish at all."""
        return None if self.host_access == "all" and not self.internal else self.host_access

    def check(self, where):
        """Refuse options that contradict each other."""
        if self.internal and self.direct_access:
            raise Invalid(where + "direct_access", "contradicts internal: no traffic enters an internal network")
