# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names by which containers find each other: texts of hosts and resolv.conf files.

A hosts file serves all containers that are on the same networks, so that a new name is written once for each network
and not once for each container.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.plan.allocation import attachments

HEADER = "# Written by hostnet.containers; changes are overwritten.\n"
HOSTS_FOLDER = "/etc/hostnet/hosts/"
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
            files[hosts] = _hosts([entries[name] for name in sorted(joined)])
        files[NETNS_FOLDER + netns + "/hosts"] = "-> " + hosts
        outside = any(not networks[name].internal for name in joined)
        files[NETNS_FOLDER + netns + "/resolv.conf"] = _resolv_conf(resolvers if outside else ())
    return files


def is_ours(text):
    """Whether a file below ``/etc/netns`` was written by this collection."""
    return text.startswith(HEADER) or text.startswith("-> " + HOSTS_FOLDER)


def _hosts(groups):
    lines = {}
    for group in groups:
        lines.update(group)
    ordered = sorted(lines, key=lambda ip: (ip.version, ip))
    return HEADER + _LOCAL + "".join("%s %s\n" % (ip, lines[ip]) for ip in ordered)


def _resolv_conf(resolvers):
    return HEADER + "".join("nameserver %s\n" % item for item in resolvers)
