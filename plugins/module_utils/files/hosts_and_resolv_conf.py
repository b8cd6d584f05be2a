# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names by which containers find each other: texts of hosts and resolv.conf files.

A hosts file serves all containers that are on the same networks, so that a new name is written once for each network
and not once for each container.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import attachments

HEADER = "# Written by hostnet.containers; changes are overwritten.\n"
HOSTS_FOLDER = "/etc/hostnet/hosts/"
DNS_FOLDER = "/etc/hostnet/dns/"
NETNS_FOLDER = "/etc/netns/"
_LOCAL = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"


def name_files(networks, resolvers):
    """Return the files that declared networks need.

    Args:
        networks: dict from name to `Network`, with addresses.
        resolvers: addresses of the name servers of the host that containers can reach.

    Returns:
        dict: from path to text; ``-> PATH`` stands for a link.
    """
    entries, groups = {}, {}
    for _owner, container, attachment in attachments(networks):
        for item in attachment.addresses or ():
            names = " ".join((container.name, *container.hosts))
            entries.setdefault(attachment.name, {})[item.ip] = names
        groups.setdefault(container.namespace, []).append(attachment.name)
    files = {}
    for netns, joined in groups.items():
        hosts = HOSTS_FOLDER + "+".join(sorted(joined))
        if hosts not in files:
            files[hosts] = _hosts([entries.get(name, {}) for name in sorted(joined)])
        files[NETNS_FOLDER + netns + "/hosts"] = "-> " + hosts
        files[NETNS_FOLDER + netns + "/resolv.conf"] = _resolv_conf(
            _servers([networks[name] for name in joined], resolvers)
        )
    for name, network in networks.items():
        if network.dns:
            files[names_file(name)] = HEADER + _lines([entries.get(name, {})])
    return files


def names_folder(name):
    """The folder that the DNS server of a network reads."""
    return DNS_FOLDER + name


def names_file(name):
    """The names that the DNS server of a network answers for."""
    return names_folder(name) + "/hosts"


def _servers(joined, resolvers):
    """The DNS servers of a container's networks; those of the host where none of them forwards to the outside."""
    found = [gateway for network in joined if network.dns for gateway in network.gateway_of.values()]
    forwarded = any(network.dns and not network.internal for network in joined)
    outside = any(not network.internal for network in joined)
    return [*found, *(resolvers if outside and not forwarded else ())]


def is_ours(text):
    """Whether a file below ``/etc/netns`` was written by this collection."""
    return text.startswith(HEADER) or text.startswith("-> " + HOSTS_FOLDER)


def _hosts(groups):
    return HEADER + _LOCAL + _lines(groups)


def _lines(groups):
    lines = {}
    for group in groups:
        lines.update(group)
    ordered = sorted(lines, key=lambda ip: (ip.version, ip))
    return "".join("%s %s\n" % (ip, lines[ip]) for ip in ordered)


def _resolv_conf(resolvers):
    return HEADER + "".join("nameserver %s\n" % item for item in resolvers)
