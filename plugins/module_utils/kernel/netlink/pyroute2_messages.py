# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that knows pyroute2, which encodes what is sent to the kernel.

It is imported at the first change, since a run that changes nothing can do without.
"""

from __future__ import annotations

import functools
import sys
import types

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Missing
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.requirements import REMEDY

# An attribute's number is its place in the list; the list of 0.7.2 ends before IFA_PROTO, the mark of our addresses.
_ADDRESS_ATTRIBUTES = (("IFA_RT_PRIORITY", "uint32"), ("IFA_TARGET_NETNSID", "int32"), ("IFA_PROTO", "uint8"))


def link(attributes, **fields):
    """Return the body of a message about a link.

    Args:
        attributes: pairs of the attribute's name, such as ``IFLA_MTU``, and its value; nested ones have dicts
            with the key ``attrs`` for values.
        fields: fields of the header, such as ``index``.

    Raises:
        Missing: pyroute2 cannot be imported.
    """
    return _encode("ifinfmsg", attributes, fields)


def address(attributes, **fields):
    """Return the body of a message about an address; as `link`."""
    return _encode("ifaddrmsg", attributes, fields)


def route(attributes, **fields):
    """Return the body of a message about a route; as `link`."""
    return _encode("rtmsg", attributes, fields)


def _encode(name, attributes, fields):
    message = _message_classes()[name]()
    message.update(fields)
    message["attrs"] = [pair for pair in attributes if pair[1] is not None]
    message.encode()
    return bytes(message.data[wire_format.HEADER_SIZE :])


@functools.cache
def _message_classes():
    try:
        classes = _imported_alone() or _imported()
    except ImportError as error:
        raise Missing("pyroute2 cannot be imported on the host (%s); %s" % (error, REMEDY)) from error
    addresses = classes["ifaddrmsg"]
    known = [entry[0] for entry in addresses.nla_map]
    missing = [entry for entry in _ADDRESS_ATTRIBUTES if entry[0] not in known]
    addresses.nla_map = tuple(addresses.nla_map) + tuple(missing)
    return classes


def _imported():
    from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
    from pyroute2.netlink.rtnl.rtmsg import rtmsg

    return {"ifaddrmsg": ifaddrmsg, "ifinfmsg": ifinfmsg, "rtmsg": rtmsg}


def _imported_alone():
    """Import the message classes without the rest of the library, at a third of the time; None if that is not possible.

    For the time of the import an empty package stands for pyroute2, whose own would import everything.
    """
    from importlib.util import find_spec

    if "pyroute2" in sys.modules:
        return None
    spec = find_spec("pyroute2")
    if spec is None or spec.submodule_search_locations is None:
        return None
    package = types.ModuleType("pyroute2")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["pyroute2"] = package
    try:
        return _imported()
    except Exception:  # pylint: disable=broad-exception-caught
        return None
    finally:
        del sys.modules["pyroute2"]
