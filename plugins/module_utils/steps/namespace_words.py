# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a step happens, in words."""

from __future__ import annotations


def where(netns):
    """Return the words that name a namespace; none for the host's own."""
    return " in namespace %s" % netns if netns else ""
