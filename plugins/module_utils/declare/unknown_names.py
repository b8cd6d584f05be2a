# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that nobody knows, and what they were probably meant as."""

from __future__ import annotations

import difflib


def unknown_names(names, known):
    """Return a sentence for each name that is not a known one.

    Args:
        names: names as they were given.
        known: the names that there are.
    """
    return [_told(name, known) for name in sorted(set(names) - set(known), key=str)]


def _told(name, known):
    near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    return "there is no %s%s" % (name, "; did you mean %s?" % near[0] if near else "")
