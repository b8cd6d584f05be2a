# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of kernel settings, which the kernel prints in a form of its own."""

from __future__ import annotations


def same_setting(found, wanted):
    """Whether two values mean the same: ``0x10`` is 16, and any white space is as good as another."""
    if found is None or wanted is None:
        return found is wanted
    return found == wanted or [_meaning(word) for word in found.split()] == [_meaning(word) for word in wanted.split()]


def with_settings(found, wanted):
    """Return the settings of a dict as they are with those of another; what means the same stays as it was printed."""
    changed = {key: value for key, value in wanted.items() if not same_setting(found.get(key), value)}
    return {**found, **changed}


def _meaning(word):
    """As the kernel reads numbers: those that begin with a zero are octal."""
    sign, digits = (word[:1], word[1:]) if word[:1] == "-" else ("", word)
    if not digits.isascii() or not digits.isalnum() or len(digits) > 20:
        return word
    octal = len(digits) > 1 and digits[0] == "0" and digits.isdigit()
    try:
        return int(sign + digits, 8 if octal else 0)
    except ValueError:
        return word
