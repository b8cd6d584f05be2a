# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what stands inside a namespace. Nothing of it decides whose anything is."""

from __future__ import annotations

import dataclasses
import ipaddress

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import sysctls
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import addresses, links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.namespaces import owner_notes
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.other_ends import LOOPBACK
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.routing import routes, rules
from ansible_collections.hostnet.containers.plugins.module_utils.state.link import Address

LOOPBACK_ADDRESSES = tuple(map(ipaddress.ip_interface, ("127.0.0.1/8", "::1/128")))
_NO_IPV6 = "net.ipv6.conf.%s.disable_ipv6"


def look_inside(session, namespace, wishes):
    """Return a namespace as seen from inside, and its raw links.

    Args:
        session: a `Session` there.
        namespace: the bare `Namespace`.
        wishes: keys of kernel settings; a ``*`` in one stands for each interface.
    """
    raw = links.dump(session)
    found = {link.name: link for link in named(raw, session)}
    names = {index: item.link.name for index, item in raw.items()}
    own_routes, others_routes, made = routes.dump(session, names)
    found = {name: _with_whole(link, made) for name, link in found.items()}
    own_rules, others_rules = rules.dump(session)
    note = owner_notes.note_of(namespace.name, namespace.inode, session.namespace_cookie())
    loopback = names.get(LOOPBACK, "lo")
    described = dataclasses.replace(
        namespace,
        owner=note.owner if note else None,
        attached=note is not None and note.attached,
        claimed=note is None and LOOPBACK in raw and raw[LOOPBACK].link.ours,
        loopback=loopback,
        loopback_lacks=_lacking(session, found[loopback], made) if loopback in found else (),
        links=found,
        routes={names[index]: own_routes[index] for index in own_routes if index in raw},
        rules=own_rules,
        others_routes=others_routes,
        others_rules=others_rules,
        sysctls=sysctls.read(session, keys_of(wishes, found)),
    )
    return described, raw


def named(raw, session):
    """Return the links of one namespace with their masters' names and their addresses."""
    if not raw:
        return []
    found = addresses.dump(session)
    return [
        dataclasses.replace(
            item.link,
            master=raw[item.master].link.name if item.master in raw else None,
            addresses=_of_link(item.link, found.get(item.index, ())),
        )
        for item in raw.values()
    ]


def keys_of(wishes, devices):
    """Return keys of kernel settings, those with a ``*`` for each device."""
    keys = [wish for wish in wishes if "*" not in wish]
    patterns = [wish for wish in wishes if "*" in wish]
    return keys + [wish.replace("*", name.replace(".", "/")) for wish in patterns for name in devices]


def _of_link(link, found):
    """On a link of others no address counts as ours unless it says so."""
    if not addresses.kernel_keeps_mark() and not link.ours:
        return tuple(Address(item.interface, ours=False) for item in found)
    return tuple(found)


def _with_whole(link, made):
    """A link that is down has no routes; it gets them as it comes up."""
    if not link.up or not any(item.ours for item in link.addresses):
        return link
    found = (
        dataclasses.replace(item, whole=routes.is_whole(item.interface, link.index, made)) if item.ours else item
        for item in link.addresses
    )
    return dataclasses.replace(link, addresses=tuple(found))


def _lacking(session, loopback, made):
    """A loopback interface that comes up gets its addresses, that of IPv4 only if it has none."""
    four, six = LOOPBACK_ADDRESSES
    every = {item.interface for item in loopback.addresses}
    present = {item for item in every if not loopback.up or routes.is_local(item, made)}
    lacking = []
    if four not in present and (loopback.up or any(item.version == 4 for item in every)):
        lacking.append(four)
    key = _NO_IPV6 % loopback.name.replace(".", "/")
    if six not in present and loopback.up and sysctls.read(session, [key]).get(key) == "0":
        lacking.append(six)
    return tuple(lacking)
