# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps between two states of the files of networks."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.steps.file_words import file_lines
from ansible_collections.hostnet.containers.plugins.module_utils.steps.files import RemoveFile, WriteFile


def written_files(before, after):
    """Return the steps that write files of networks."""
    written = sorted(path for path, text in after.files.items() if before.files.get(path) != text)
    lines = file_lines(written, before.files, after.networks)
    return [WriteFile(path, after.files[path], lines.get(path, "")) for path in written]


def removed_files(before, after):
    """Return the steps that remove files of networks."""
    gone = sorted(set(before.files) - set(after.files))
    lines = file_lines(gone, before.files, before.networks, removed=True)
    return [RemoveFile(path, lines.get(path, "")) for path in gone]
