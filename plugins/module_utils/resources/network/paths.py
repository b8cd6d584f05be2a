# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How messages name the options of networks, of those in the user's input and of those on record."""

from __future__ import annotations


class Paths:
    """The prefixes of options.

    Args:
        prefixes: dict from the names of networks in the user's input to their prefixes, such as ``networks[1].``.
        declared: dict from the same names to the number of containers that stand in the input; further ones of the
            same network are on record.
    """

    def __init__(self, prefixes, declared):
        self._prefixes = prefixes
        self._declared = declared

    def of_network(self, name):
        """Return the prefix of a network's options."""
        return self._prefixes.get(name, "network %s: " % name)

    def of_container(self, network, position):
        """Return the prefix of the options of one of a network's containers."""
        if network.name in self._prefixes and position < self._declared[network.name]:
            return "%scontainers[%d]." % (self._prefixes[network.name], position)
        return "network %s: container %s: " % (network.name, network.containers[position].name)
