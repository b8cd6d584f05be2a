# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changing and deleting links."""

from __future__ import annotations

import dataclasses
import errno

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import ownership_marks, pair_notes, sysctls
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import link_settings, links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import nest
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.session import ADD, Refused
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.traffic_control import rate_limits

_RTM_NEWLINKPROP, _RTM_DELLINKPROP = 108, 109
_FEW = 2


def change(netlink, step):
    """Change the settings in which two `Link` differ. Raises Refused, OSError."""
    netlink.inside(step.netns, _change, step.before, step.after)


def delete(netlink, step):
    """Delete a link of ours; one that is gone is no error. Raises Refused."""
    delete_many(netlink, [step])


def delete_many(netlink, steps):
    """Delete links of ours and what belongs to them.

    Each deletion has the kernel wait some 20 ms, that of a whole device group only once.

    Raises:
        Refused: a link is not ours, or the kernel's reason.
    """
    session = netlink.host
    found = [links.find(session, name) for step in steps for name in (step.name, rate_limits.helper_name(step.name))]
    doomed = [raw for raw in found if raw is not None]
    for raw in doomed:
        if not raw.link.ours:
            raise Refused(errno.EPERM, "%s is not of this collection" % raw.link.name)
    if len(doomed) <= _FEW or not _delete_group(session, doomed):
        for raw in doomed:
            _gone_is_fine(_delete, session, [], index=raw.index)
    for step in steps:
        pair_notes.forget(step.name)


def _delete_group(session, doomed):
    for raw in doomed:
        _gone_is_fine(link_settings.set_link, session, raw.index, group=ownership_marks.CONDEMNED_GROUP)
    condemned = {raw.index for raw in links.dump(session).values() if raw.group == ownership_marks.CONDEMNED_GROUP}
    if not condemned <= {raw.index for raw in doomed}:
        return False
    if condemned:
        _gone_is_fine(_delete, session, [("IFLA_GROUP", ownership_marks.CONDEMNED_GROUP)])
    return True


def _delete(session, attributes, **which):
    session.request(links.RTM_DELLINK, links.message(attributes, **which))


def _gone_is_fine(function, *arguments, **which):
    """A host end goes by itself with the namespace of its other end."""
    try:
        function(*arguments, **which)
    except Refused as error:
        if error.errno != errno.ENODEV:
            raise


def _change(session, before, after):
    index = links.index_of(after.name)
    if after.master != before.master:
        _set_master(session, index, before, after)
    # Another bridge makes another port of it, with nothing set.
    former = before if after.master == before.master else dataclasses.replace(before, port=None)
    link_settings.set_settings(session, index, former, after if after.master else dataclasses.replace(after, port=None))
    if (after.owner, after.chosen) != (before.owner, before.chosen):
        link_settings.set_link(session, index, alias=ownership_marks.alias_of(after.owner, after.chosen))
    differing = ("mac", "mtu", "up")
    values = {name: getattr(after, name) for name in differing if getattr(after, name) != getattr(before, name)}
    if values:
        link_settings.set_link(session, index, **values)
    if after.marked and not before.marked:
        alias, group = ownership_marks.alias_of(after.owner), ownership_marks.GROUP
        link_settings.set_link(session, index, alias=alias, group=group)
    link_settings.check(session, after, before)


def _set_master(session, index, before, after):
    """The alternative name that marks a foreign port is there before it is a port, and goes after it."""
    if after.enslaved and not before.enslaved:
        _set_member_name(session, _RTM_NEWLINKPROP, index, after.name, ADD)
    master = links.index_of(after.master) if after.master else 0
    link_settings.set_link(session, index, master=master)
    if before.enslaved and not after.enslaved:
        _set_member_name(session, _RTM_DELLINKPROP, index, after.name)
    if after.ours and after.kind == "veth":
        key = sysctls.key("ipv6", after.name, "disable_ipv6")
        sysctls.write(session, key, "1" if after.master else "0", implied=True)


def _set_member_name(session, kind, index, name, flags=0):
    """A kernel before 5.5 knows no such names: its ports can be made, but not be told from those of others."""
    properties = [("IFLA_ALT_IFNAME", ownership_marks.member_name(name))]
    try:
        session.request(kind, links.message([("IFLA_PROP_LIST", nest(properties))], index=index), flags)
    except Refused as error:
        if error.errno not in (errno.EEXIST, errno.ENOENT, errno.EOPNOTSUPP):
            raise
