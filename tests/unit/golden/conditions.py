# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which combinations of options something is there, said in as few words as possible.

A combination is a tuple of words, one for each option. A condition is a dict from the names of some options to the
words that they may have; it holds where all of them do, and the empty one holds everywhere.
"""

from __future__ import annotations


def conditions(options, there, elsewhere):
    """Return conditions of which at least one holds in every combination of one set, and none in any of another.

    What is in neither set is refused, and may fall on either side. The last options are left out first, so that an
    option that is added at the end, and changes nothing, leaves the conditions as they are.

    Args:
        options: dict from the name of each option to its words.
        there: set of combinations.
        elsewhere: set of combinations.
    """
    names = list(options)
    for position in reversed(range(len(names))):
        trial = _without(there, position), _without(elsewhere, position)
        if trial[0].isdisjoint(trial[1]):
            there, elsewhere = trial
            del names[position]
    words = [options[name] for name in names]
    return [_condition(names, words, box) for box in _boxes(words, there, elsewhere)]


def holds(condition, values):
    """Whether a condition holds in a combination, given as a dict from option to word."""
    return all(values[name] in words for name, words in condition.items())


def _condition(names, words, box):
    sides = zip(names, words, box)
    return {
        name: tuple(word for word in every if word in side) for name, every, side in sides if len(side) < len(every)
    }


def _without(combinations, position):
    return {words[:position] + words[position + 1 :] for words in combinations}


def _boxes(words, inside, outside):
    """Cover the points inside by as large boxes as are free of points outside, each a list of sets of words."""
    order = [{word: number for number, word in enumerate(every)} for every in words]
    ordered = sorted(inside, key=lambda point: [numbers[word] for numbers, word in zip(order, point)])
    boxes, left = [], ordered
    while left:
        box = _grown(words, [{word} for word in left[0]], inside, outside)
        boxes.append(box)
        left = [point for point in left if not _in(box, point)]
    for box in list(boxes):
        others = [other for other in boxes if other is not box]
        if all(any(_in(other, point) for other in others) for point in ordered):
            boxes = others
    return boxes


def _grown(words, box, inside, outside):
    """A side grows to all words, which leaves the option out, or by such as are needed: a refused word says nothing."""
    for position, every in enumerate(words):
        for more in (set(every), *({word} for word in every)):
            trial, added = ([*box[:position], side, *box[position + 1 :]] for side in (box[position] | more, more))
            if not any(_in(trial, point) for point in outside) and any(_in(added, point) for point in inside):
                box = trial
    return box


def _in(box, point):
    return all(word in side for side, word in zip(box, point))
