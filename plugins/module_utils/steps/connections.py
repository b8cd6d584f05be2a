# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step that forgets tracked connections, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ForgetConnections:
    """Delete tracked connections that lead to a withdrawn target, or that are older than a published port."""

    withdrawn: tuple
    published: tuple

    def describe(self):
        return ()
