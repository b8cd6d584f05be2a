# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps between two states of the files of networks."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.steps.file_words import file_line
from ansible_collections.hostnet.containers.plugins.module_utils.steps.files import RemoveFile, WriteFile


def written_files(before, after):
    """Return the steps that write files of networks."""
    return [
        WriteFile(path, text, file_line(path, path in before.files))
        for path, text in sorted(after.files.items())
        if before.files.get(path) != text
    ]


def removed_files(before, after):
    """Return the steps that remove files of networks."""
    gone = sorted(set(before.files) - set(after.files))
    return [RemoveFile(path, file_line(path, True, removed=True)) for path in gone]
