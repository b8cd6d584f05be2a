# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table at the end of a run over a fleet: host, network, what differs or what was done."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.plugin_utils.fleet.columns import columns

# What is shown of each network; the rest is counted.
SHOWN = 3
LONGEST = 400
# What follows from the rest comes last, and is left to the count first.
_LESSER = ("guard ", "stop guarding ", "write ", "update ", "add route ", "set net.")
_HEADINGS = {True: "what was done", False: "what differs"}


def table(outcomes, away, done):
    """Return the lines of the table.

    Args:
        outcomes: dict from host to its outcome, a dict with ``failure`` (text or none) and ``networks`` (dicts of
            ``network`` and ``actions``); none, or false, for a host that did not come so far.
        away: hosts that were lost on the way. Those of them without an outcome could not be reached.
        done: whether the actions were done; else they are what a run would do.
    """
    rows = [("host", "network", _HEADINGS[done])]
    for host, outcome in outcomes.items():
        rows += _rows(host, outcome, host in away)
    lines = columns(rows) if len(rows) > 1 else []
    return [*lines, _summary(outcomes, away, done)]


def _rows(host, outcome, is_away):
    if not outcome:
        return [(host, "", "NOT REACHED")] if is_away else []
    rows = [(item["network"] or "-", _short(item["actions"])) for item in outcome["networks"]]
    if outcome["failure"]:
        rows.append(("", "FAILED: " + _cut(outcome["failure"])))
    return [("" if number else host, *row) for number, row in enumerate(rows)]


def _short(actions):
    shown = "; ".join(sorted(actions, key=lambda line: line.startswith(_LESSER))[:SHOWN])
    more = len(actions) - SHOWN
    return shown + ("; and %d more" % more if more > 0 else "")


def _cut(text):
    words = " ".join(text.split())
    return words if len(words) <= LONGEST else words[:LONGEST] + " ..."


def _summary(outcomes, away, done):
    seen = [outcome for outcome in outcomes.values() if outcome]
    failed = sum(1 for outcome in seen if outcome["failure"])
    differing = sum(1 for outcome in seen if outcome["networks"] and not outcome["failure"])
    lost = sum(1 for host, outcome in outcomes.items() if not outcome and host in away)
    alike = len(seen) - failed - differing
    parts = ["%d of %d %s as declared%s" % (alike, len(seen) + lost, _be(alike, done), " already" if done else "")]
    parts += ["%d %s" % (differing, "changed" if done else "differ" + "s" * (differing == 1))] if differing else []
    parts += ["%d failed" % failed] if failed else []
    parts += ["%d not reached" % lost] if lost else []
    return "Hosts: " + ", ".join(parts)


def _be(count, done):
    if done:
        return "was" if count == 1 else "were"
    return "is" if count == 1 else "are"
