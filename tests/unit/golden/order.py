# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One order of lines for many sequences of them."""

from __future__ import annotations

import difflib
import heapq


def merged(sequences):
    """Merge sequences of texts into one list of which each is a part.

    A text is in the list once, however many sequences have it, unless it stands in another order in some of them.

    Returns:
        tuple: the list, and a dict from each sequence to the positions that its texts have in the list.
    """
    sequences = dict.fromkeys(sequences)
    numbered = {
        sequence: [(text, sequence[:at].count(text)) for at, text in enumerate(sequence)] for sequence in sequences
    }
    order = _sorted(numbered.values())
    if order is None:
        return _aligned(sequences)
    places = {key: place for place, key in enumerate(order)}
    return [text for text, _count in order], {
        sequence: tuple(places[key] for key in keys) for sequence, keys in numbered.items()
    }


def _sorted(sequences):
    """Return all elements in an order that every sequence keeps, those that came first as early as can be; or None."""
    first, after, before = {}, {}, {}
    for sequence in sequences:
        for key in sequence:
            first.setdefault(key, len(first))
        for one, other in zip(sequence, sequence[1:]):
            after.setdefault(one, set()).add(other)
            before.setdefault(other, set()).add(one)
    free = [(number, key) for key, number in first.items() if key not in before]
    heapq.heapify(free)
    order = []
    while free:
        _number, key = heapq.heappop(free)
        order.append(key)
        for other in after.get(key, ()):
            before[other].discard(key)
            if not before[other]:
                heapq.heappush(free, (first[other], other))
    return order if len(order) == len(first) else None


def _aligned(sequences):
    """Add one sequence after the other to the list, each where most of it is there already."""
    lines, used = [], {}
    for sequence in sequences:
        found, longer = [], []
        matcher = difflib.SequenceMatcher(None, [line[0] for line in lines], sequence, autojunk=False)
        for tag, low, high, start, end in matcher.get_opcodes():
            known = lines[low:high]
            come = [] if tag == "equal" else [[text] for text in sequence[start:end]]
            longer += known + come
            found += known if tag == "equal" else come
        lines, used[sequence] = longer, found
    places = {id(line): place for place, line in enumerate(lines)}
    return [line[0] for line in lines], {
        sequence: tuple(places[id(line)] for line in found) for sequence, found in used.items()
    }
