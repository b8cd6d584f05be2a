# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that imports pyroute2, at its first use: the import takes a tenth of a second."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Missing
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.requirements import REMEDY


def library():
    """Return the package pyroute2. Raises Missing."""
    try:
        import pyroute2
    except ImportError as error:
        raise Missing("pyroute2 cannot be imported on the host (%s); %s" % (error, REMEDY)) from error
    _complete_address_messages()
    return pyroute2


def iproute():
    """Open a connection to the kernel in the calling thread's network namespace. The caller closes it."""
    return library().IPRoute(ext_ack=True, strict_check=True)


def refusal():
    """Return the class of exception that stands for the kernel's refusal; it has a `code`."""
    return library().NetlinkError


def _complete_address_messages():
    """Teach the library the attributes up to IFA_PROTO, the mark of our addresses: 0.7.2 ends at IFA_FLAGS.

    An attribute's number is its place in the list, so those between have to be there, too.
    """
    from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg

    known = [entry[0] for entry in ifaddrmsg.nla_map]
    missing = [entry for entry in _ADDRESS_ATTRIBUTES if entry[0] not in known]
    if missing:
        ifaddrmsg.nla_map = tuple(ifaddrmsg.nla_map) + tuple(missing)


_ADDRESS_ATTRIBUTES = (("IFA_RT_PRIORITY", "uint32"), ("IFA_TARGET_NETNSID", "int32"), ("IFA_PROTO", "uint8"))
