# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The marks by which what is ours can be told from what others made.

Links carry an alias. The kernel ignores the alias at creation, so a link is born in our device group and gets its
alias by a second message; one that has the group but not the alias was left behind by an interrupted run.
"""

from __future__ import annotations

WORD = "hostnet"
DEFAULT_OWNER = "default"
GROUP = 0x686E
# For a run of links that is about to be deleted by one message.
CONDEMNED_GROUP = 0x686F
# The number of IFA_PROTO of our addresses, and of the protocol of our routes.
PROTOCOL = 0x68


def alias_of(owner, chosen=()):
    """Return the alias of a link.

    Args:
        owner: who declared it.
        chosen: dict from those switches of a port that were asked for to whether they are on.
    """
    mark = WORD if owner == DEFAULT_OWNER else "%s:%s" % (WORD, owner)
    return mark + "".join(" %s%s" % ("+" if chosen[name] else "-", name) for name in sorted(chosen))


def owner_of(alias):
    """Return the owner, from the alias of a link; None for an alias that is not our mark."""
    mark = (alias or "").partition(" ")[0]
    if mark == WORD:
        return DEFAULT_OWNER
    word, colon, owner = mark.partition(":")
    return owner if word == WORD and owner else None


def chosen_of(alias):
    """Return the switches of a port that were asked for, from the alias of a link: a dict from name to whether on."""
    _mark, *switches = (alias or "").split(" ")
    return {switch[1:]: switch[0] == "+" for switch in switches if switch}


def member_name(interface):
    """Return the alternative name of an interface that is not ours but that we made the port of a bridge."""
    return "%s-%s" % (WORD, interface)


def is_member_name(name):
    """Tell whether an alternative name is such a mark. It stays when the interface is renamed."""
    return name.startswith(WORD + "-")
