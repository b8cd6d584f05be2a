# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record how the nft of Debian trees lists our rules, for tests/unit/test_bridge_table.py. Run as root.

Usage: record_nftables.py TREE...    each made, for instance, by: debootstrap --include=nftables bullseye TREE
"""

from __future__ import annotations

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "unit"), str(TESTS.parent / ".dev")]

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.nftables.bridge_table import table_text  # noqa: E402
from ansible_collections.hostnet.containers.plugins.module_utils.state.bridge_table import BridgeTable  # noqa: E402
from hosts import Host  # noqa: E402
from model.bridge_tables import RICH  # noqa: E402

FOLDER = TESTS / "unit" / "nftables_versions"


def main(trees):
    """Write the table as each version lists it."""
    FOLDER.mkdir(exist_ok=True)
    for tree in trees:
        with Host() as host:
            host.run(["mount", "--bind", "/proc", tree + "/proc"])
            version = host.run(["chroot", tree, "nft", "--version"]).stdout.split()[1].lstrip("v")
            host.run(["chroot", tree, "nft", "-f", "-"], stdin=table_text(BridgeTable(), RICH))
            listing = host.run(["chroot", tree, "nft", "-j", "list", "table", "bridge", "hostnet"]).stdout
            (FOLDER / (version + ".json")).write_text(listing.strip() + "\n", encoding="ascii")


main(sys.argv[1:])
