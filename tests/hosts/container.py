# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A container as a place: a named namespace of a host, whoever made it."""

from __future__ import annotations

from hosts import child
from hosts.place import Place


class Container(Place):
    """A namespace of a host. It need not exist before something is done in it."""

    def __init__(self, host, name):
        super().__init__()
        self.host = host
        self.name = name
        self.path = "/run/netns/" + name

    def enter(self):
        """Join the host, then the network of the namespace."""
        self.host.enter()
        child.join(self.path)

    def addresses(self, interface="eth0"):
        """Addresses with prefix lengths of an interface in here, without link-local ones."""
        links = self.run(["ip", "-j", "address", "show", "dev", interface]).json
        infos = [info for link in links for info in link.get("addr_info", ())]
        return ["%s/%d" % (info["local"], info["prefixlen"]) for info in infos if info["scope"] != "link"]

    # Programs start by `ip netns exec`, which also shows them the namespace's own hosts and resolv.conf.
    def _command(self, argv):
        return ["ip", "netns", "exec", self.name, *super()._command(argv)]

    def _enter_to_run(self):
        self.host.enter()
