# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages to the kernel, encoded by pyroute2 from its message classes, netlink header and all.

A message class, such as ``tcmsg``, is imported by the function that makes a message of it and not with the file:
importing any part of pyroute2 imports all of it, some 115 ms, which a run that changes nothing can do without::

    from pyroute2.netlink.rtnl.tcmsg import tcmsg

    session.request(RTM_NEWQDISC, Message(tcmsg, [("TCA_KIND", "ingress")], index=3, parent=INGRESS), ADD)
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Missing
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.requirements import REMEDY


class Message:
    """What a request says, apart from what is asked for. A `Session` sends it; it may be sent more than once.

    Args:
        message_class: a class of pyroute2 for a whole message.
        attributes: pairs of an attribute's name, such as ``IFLA_MTU``, and its value; those that are None are left
            out. The value of an attribute that holds others is made by `nest`.
        fields: fields of the header that comes after the netlink header, such as ``index``. One that is not
            given is zero, but that ``rtmsg`` is of IPv4 from pyroute2 0.9 on.
    """

    def __init__(self, message_class, attributes=(), **fields):
        self._class = message_class
        self._attributes = _given(attributes)
        self._fields = fields

    def encoded(self, kind, flags, sequence):
        """Return the bytes of a whole request.

        Args:
            kind: number of the request, such as RTM_NEWLINK.
            flags: of the netlink header.
            sequence: the number by which the replies are known.

        Raises:
            Missing: this release of pyroute2 does not know an attribute; left to itself, it drops it in silence.
        """
        made = self._class()
        made.update(self._fields)
        for name, _value in self._attributes:
            if not made.valid_nla(name):
                raise Missing("pyroute2 on the host does not know %s of %s; %s" % (name, self._class.__name__, REMEDY))
        made["attrs"] = list(self._attributes)
        made["header"].update(type=kind, flags=flags, sequence_number=sequence)
        made.encode()
        return bytes(made.data)

    def decoded(self, data, start, _end):
        """Return a reply, which is of the same class and begins there in a datagram, as pyroute2 decodes it."""
        found = self._class(data, offset=start)
        found.decode()
        return found


def nest(attributes):
    """Return the value of an attribute that holds others, from pairs as those of a `Message`."""
    return {"attrs": _given(attributes)}


def _given(attributes):
    return [(name, value) for name, value in attributes if value is not None]
