# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that one call declares."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Declaration:
    """Resources that shall be there, and resources that shall not.

    Attributes:
        present: declared resources, in the user's order.
        absent: resources to remove, of which only the key matters.
        purged: pairs of resource class and owner: what this owner declared earlier and is not in `present` goes.
        prefixes: what stands before the options of each resource in `present` where the user wrote them, such as
            ``networks[1].``; empty for what no user wrote.
    """

    present: tuple = ()
    absent: tuple = ()
    purged: tuple = ()
    prefixes: tuple = ()

    @property
    def resources(self):
        """All resources that are named."""
        return self.absent + self.present
