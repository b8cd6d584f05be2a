# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step that writes a kernel setting, as data."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.steps.namespace_words import where


@dataclass(frozen=True)
class SetSysctl:
    """Write a kernel setting. `implied` ones belong to another step: a kernel that lacks the key needs no write.

    `reason` is what an action tells of why.
    """

    netns: str
    key: str
    value: str
    implied: bool = False
    reason: str = ""

    def describe(self):
        return () if self.implied else ("set %s = %s%s%s" % (self.key, self.value, where(self.netns), self.reason),)
