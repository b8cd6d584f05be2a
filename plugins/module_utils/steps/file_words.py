# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of `actions` for files of networks, in terms of what the user declared."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import attachments
from ansible_collections.hostnet.containers.plugins.module_utils.files.hosts_and_resolv_conf import (
    DNS_FOLDER,
    HOSTS_FOLDER,
    LOCAL_FOLDER,
    NETNS_FOLDER,
    names_file,
    netns_of,
)
from ansible_collections.hostnet.containers.plugins.module_utils.files.records import FOLDER

_NAMED = 5
_FOR_DNS = "%s names for the DNS server of network %s"
_KINDS = {"hosts": "names", "resolv.conf": "name servers"}


def file_lines(paths, existing, networks, removed=False):
    """Return a dict from path to the line for it; none for those that go without saying.

    Args:
        paths: of files that are written or removed.
        existing: those of all files that were there.
        networks: dict from name to `Network`.
        removed: whether they go.
    """
    joined = _joined(networks)
    lines, containers = {}, {}
    for path in sorted(paths):
        verb = "remove" if removed else "update" if path in existing else "write"
        if path.startswith(DNS_FOLDER):
            network = path[len(DNS_FOLDER) :].partition("/")[0]
            lines[path] = _FOR_DNS % (verb, network)
        elif path.startswith(LOCAL_FOLDER):
            network = path[len(LOCAL_FOLDER) :]
            # It goes with the names, if they are written, too.
            if names_file(network) not in paths:
                lines[path] = _FOR_DNS % (verb, network)
        elif path.startswith(HOSTS_FOLDER):
            lines[path] = "%s %s, the names of former versions" % (verb, path)
        elif path.startswith(FOLDER):
            lines[path] = "%s record of network %s" % (verb, path[len(FOLDER) : -len(".json")])
        elif path.startswith(NETNS_FOLDER):
            kind = _KINDS.get(path.rpartition("/")[2])
            containers.setdefault((verb, kind, joined.get(netns_of(path))), []).append(path)
    for (verb, kind, label), group in containers.items():
        whole = label is not None and len(group) == list(joined.values()).count(label)
        where = "" if whole else " in %s" % listed([netns_of(path) for path in group])
        lines[group[0]] = "%s %s%s%s" % (verb, kind, " of network %s" % label if label else "", where)
    return lines


def _joined(networks):
    """Dict from namespace to the networks that its container is on, in words."""
    found = {}
    for _owner, container, attachment in attachments(networks or {}):
        found.setdefault(container.namespace, set()).add(attachment.name)
    return {netns: " and ".join(sorted(names)) for netns, names in found.items()}


def listed(names):
    """Return some names in words: there may be a thousand."""
    more = len(names) - _NAMED
    shown = ", ".join(names[:_NAMED])
    return shown if more <= 0 else "%s and %d more" % (shown, more)
