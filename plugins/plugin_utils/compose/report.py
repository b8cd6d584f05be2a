# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a Compose file has no equivalent, collected while it is converted."""

from __future__ import annotations


class Report:
    """Sentences, each with the key that it is about."""

    def __init__(self):
        self.sentences = []

    def add(self, node, sentence):
        """Name what is left out or made otherwise.

        Args:
            node: the value, or anything with its `path`.
            sentence: what has no equivalent, and what is done instead.
        """
        text = "%s: %s" % (node.path, sentence)
        if text not in self.sentences:
            self.sentences.append(text)
