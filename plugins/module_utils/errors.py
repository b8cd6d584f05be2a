# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong, as exceptions whose text is a sentence for the user."""

from __future__ import annotations


class HostnetError(Exception):
    """Any failure that the user is told of in one sentence."""


class Invalid(HostnetError):
    """An option has a value that cannot be used.

    Args:
        option: path of the option as the user wrote it, such as ``ports[3].host_port``.
        problem: what is wrong with which value, and what to write instead.
    """

    def __init__(self, option: str, problem: str):
        super().__init__("%s: %s" % (option, problem) if option else problem)


class Conflict(HostnetError):
    """Something that is not ours, or belongs to another owner, stands in the way."""


class Missing(HostnetError):
    """Something that the declaration relies on is not on the host."""


class SystemFailure(HostnetError):
    """The kernel or a firewall program refused a step."""
