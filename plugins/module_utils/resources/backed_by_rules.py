# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kinds of resource have in common whose only record is the comments of rules."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.services import without
from ansible_collections.hostnet.containers.plugins.module_utils.state.observation_needs import ObservationNeeds


class BackedByRules:
    """One kind.

    Args:
        field: the field of `Services` that holds its resources, a dict from key to resource.
    """

    def __init__(self, field):
        self._field = field

    def observation_needs(self, _item):
        """What has to be observed for a declared resource."""
        return self.purge_needs()

    @staticmethod
    def purge_needs():
        """What has to be observed to find what an owner declared."""
        return ObservationNeeds(links=True, firewall=True)

    def of(self, state):
        """Return the resources of a host: a dict from key to resource."""
        return getattr(state.services, self._field)

    def owned(self, state, owner):
        """Yield the keys of the resources that an owner declared."""
        for key, item in self.of(state).items():
            if item.owner == owner:
                yield key

    def removed(self, state, keys):
        """Return the host without the resources of these keys."""
        return self.replaced(state, without(self.of(state), keys))

    def handed_over(self, state, heirs):
        """Return the host where what others declare in the same call is in nobody's way: they write it anew.

        Args:
            state: the host.
            heirs: dict from key to the new owner.
        """
        return self.removed(state, heirs)

    def replaced(self, state, items):
        """Return the host with exactly these resources of the kind."""
        return state.with_services(state.services.replace(**{self._field: items}))
