# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of `actions` for files of networks, in terms of what the user declared."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.files.hosts_and_resolv_conf import (
    DNS_FOLDER,
    HOSTS_FOLDER,
)
from ansible_collections.hostnet.containers.plugins.module_utils.files.records import FOLDER


def file_line(path, existed, removed=False):
    """Return the line for a file of networks; an empty one for those that go without saying."""
    verb = "remove" if removed else "update" if existed else "write"
    if path.startswith(HOSTS_FOLDER):
        return "%s names of network %s" % (verb, path[len(HOSTS_FOLDER) :].replace("+", " and "))
    if path.startswith(DNS_FOLDER):
        return "%s names for the DNS server of network %s" % (verb, path[len(DNS_FOLDER) :].partition("/")[0])
    if path.startswith(FOLDER):
        return "%s record of network %s" % (verb, path[len(FOLDER) : -len(".json")])
    return ""
