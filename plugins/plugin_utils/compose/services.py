# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services of a Compose file, as far as they say something about networks."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.declare.address import address, mac
from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import (
    container_name,
    host_names,
    interface_name,
    namespace_name,
    sysctls,
)
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose import keys
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.ports import ports_of
from ansible_collections.hostnet.containers.plugins.plugin_utils.compose.resolvers import resolver_of

MODES_WITHOUT_NETWORK = ("none", "host")


@dataclass(frozen=True)
class Join:
    """A network that a service is on.

    Attributes:
        network: its key in the file.
        path: where the service says so.
        aliases: further names of the service there.
        addresses: those that the service has there.
        mac: of its interface there, or None.
        peer: the name of that interface, or None.
        weight: the larger, the earlier among its networks: `gw_priority`, then `priority`.
    """

    network: str
    path: str
    aliases: tuple = ()
    addresses: tuple = ()
    mac: str = None
    peer: str = None
    weight: tuple = (0, 0)


@dataclass(frozen=True)
class Service:
    """A service.

    Attributes:
        name: its name, by which others find it.
        path: where it stands in the file.
        names: further names that it has on all its networks.
        namespace: the name of its namespace, without the prefix of the project.
        joins: tuple of `Join`.
        mode: its network mode where that is no network.
        ports: tuple of `Port`.
        mac: of its first interface, or None.
        sysctls: dict of settings of its network.
        resolver: dict from option of a network to the values that the service gives.
    """

    name: str
    path: str
    names: tuple
    namespace: str
    joins: tuple
    mode: str
    ports: tuple
    mac: str
    sysctls: dict
    resolver: dict


def service_of(name, node, settings, report):
    """Return a `Service`, or None for one that Compose would not start.

    Args:
        name: its key.
        node: its `Node`.
        settings: `Settings`.
        report: where to say what has no equivalent.
    """
    given = {key: value for key, value in node.entries(keys.ALL_OF_SERVICE).items() if value.given}
    own = node.path
    profiles = {item.text() for item in given["profiles"].elements()} if "profiles" in given else set()
    if profiles and not profiles & set(settings.profiles):
        report.add(node, "is left out, since none of its profiles %s is chosen" % ", ".join(sorted(profiles)))
        return None
    if not _copies(given, report):
        report.add(node, "is left out, since there are no copies of it")
        return None
    _name_what_is_left_out(given, report)
    try:
        container_name(name)
    except ValueError as error:
        raise node.refuse(str(error)) from error
    namespace = given["container_name"].read(namespace_name) if "container_name" in given else name
    mode = given["network_mode"].text() if "network_mode" in given else ""
    joins = _joins(given, node, report)
    if mode and given.get("networks") is not None and given["networks"].value:
        raise given["network_mode"].refuse("contradicts networks; leave out one of the two")
    if mode in ("bridge", "default", ""):
        joins = joins or (Join("bridge" if mode == "bridge" else "default", own),)
        mode = ""
    return Service(
        name=name,
        path=own,
        names=() if namespace == name else (namespace,),
        namespace=namespace,
        joins=joins,
        mode=mode,
        ports=ports_of(given["ports"], report) if "ports" in given else (),
        mac=_mac(given["mac_address"]) if "mac_address" in given else None,
        sysctls=_sysctls(given["sysctls"], report) if "sysctls" in given else {},
        resolver=resolver_of(given),
    )


def _copies(given, report):
    copies = given.get("scale")
    if copies is None and "deploy" in given:
        copies = given["deploy"].entries().get("replicas")
    if copies is None or not copies.given:
        return 1
    number = copies.number()
    if number > 1:
        report.add(copies, "one container is made; declare each further one with a name of its own")
    return max(number, 0)


def _name_what_is_left_out(given, report):
    for key, sentence in keys.NAMED.items():
        if key in given:
            report.add(given[key], sentence)
    for item in given["extra_hosts"].each() if "extra_hosts" in given else ():
        report.add(item, "has no equivalent: a container finds those on its networks, by name and hosts")
    for item in given["links"].elements() if "links" in given else ():
        target, colon, alias = item.text().partition(":")
        if colon and alias != target:
            report.add(
                item, "names for one container only have no equivalent; give %s to %s as an alias" % (alias, target)
            )


def _joins(given, node, report):
    if "networks" not in given:
        return ()
    networks = given["networks"]
    if isinstance(networks.value, (list, tuple)):
        listed = networks.elements()
        names = [item.text() for item in listed]
        for place, item in enumerate(listed):
            if names[place] in names[:place]:
                raise item.refuse("%s is listed twice" % names[place])
        return tuple(Join(name, item.path) for name, item in zip(names, listed))
    return tuple(_join(key, item, report) for key, item in networks.entries().items())


def _join(key, node, report):
    given = {name: value for name, value in node.entries(keys.JOIN).items() if value.given}
    addresses = []
    for name, family in (("ipv4_address", 4), ("ipv6_address", 6)):
        if name in given:
            found = given[name].read(address)
            if found.version != family:
                raise given[name].refuse("%s is no IPv%d address" % (found, family))
            addresses.append(found)
    for name in ("driver_opts", "link_local_ips"):
        if name in given:
            report.add(given[name], "has no equivalent; it is left out")
    return Join(
        network=key,
        path=node.path,
        aliases=tuple(item.read(_host_name) for item in given["aliases"].elements()) if "aliases" in given else (),
        addresses=tuple(addresses),
        mac=_mac(given["mac_address"]) if "mac_address" in given else None,
        peer=given["interface_name"].read(interface_name) if "interface_name" in given else None,
        weight=tuple(given[name].number() if name in given else 0 for name in ("gw_priority", "priority")),
    )


def _sysctls(node, report):
    found = {}
    for key, item in node.pairs().items():
        value = item.value if isinstance(item.value, bool) else item.text()
        if not key.startswith(("net.", "net/")):
            report.add(item, "%s is no setting of a network; it is left out" % key)
            continue
        try:
            sysctls({key: value})
        except ValueError as error:
            raise item.refuse(str(error)) from error
        found[key] = value
    return found


def _mac(node):
    text = node.only_text(6).replace("-", ":")
    return node.read(lambda _text: mac(text))


def _host_name(text):
    return host_names((text,))[0]
