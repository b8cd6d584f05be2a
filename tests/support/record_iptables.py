# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record how the iptables of Debian trees print our rules, for tests/unit/test_iptables_versions.py. Run as root.

Usage: record_iptables.py TREE...    each made, for instance, by: debootstrap --include=iptables bullseye TREE
"""

from __future__ import annotations

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "unit"), str(TESTS.parent / ".dev")]

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.restore_text import restore_text  # noqa: E402
from ansible_collections.hostnet.containers.plugins.module_utils.firewall.iptables.tables import Tables  # noqa: E402
from hosts import Host  # noqa: E402
from model.rich import rich_host  # noqa: E402

FOLDER = TESTS / "unit" / "iptables_versions"
PROGRAM = {4: "iptables", 6: "ip6tables"}


def main(trees):
    """Write the rules as we write them, and as each version prints them."""
    FOLDER.mkdir(exist_ok=True)
    firewall = rich_host().state.firewall
    written = {family: restore_text(Tables(), tables) for family, tables in firewall.items()}
    for family, text in written.items():
        (FOLDER / ("written-%d.txt" % family)).write_text(text, encoding="ascii")
    for tree in trees:
        for backend in ("nft", "legacy"):
            record(tree, backend, written)


def record(tree, backend, written):
    """Let one version and backend read the rules, and keep what it prints."""
    with Host() as host:
        host.run(["mount", "--bind", "/proc", tree + "/proc"])
        for family, text in written.items():
            name = "%s-%s" % (PROGRAM[family], backend)
            version = host.run(["chroot", tree, name, "--version"]).stdout.split()[1].lstrip("v")
            host.run(["chroot", tree, name + "-restore", "--noflush", "--counters"], stdin=text)
            saved = host.run(["chroot", tree, name + "-save", "--counters"]).stdout
            lines = [line for line in saved.splitlines() if not line.startswith("#")]
            path = FOLDER / ("%s-%s-%d.txt" % (version, backend, family))
            path.write_text("".join(line + "\n" for line in lines), encoding="ascii")


main(sys.argv[1:])
