# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where in the user's input the options of a resource stand, so that messages name them as they were written."""

from __future__ import annotations


class OptionPrefix(str):
    """What comes before the name of an option in messages, such as ``networks[1].containers[2].``.

    Args:
        text: the prefix.
        elsewhere: dict from options that the user wrote in another place, or by another name, to their whole paths.
    """

    def __new__(cls, text, elsewhere=None):
        made = super().__new__(cls, text)
        made.elsewhere = elsewhere or {}
        return made

    def __add__(self, option):
        return self.elsewhere.get(option) or str(self) + option
