# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page on how a packet travels: a template, with what its commands print on a host filled in.

In the template, a block of ``yaml`` holds tasks; the modules are run as they say. A block of ``console`` holds
commands, each with the place where it is run: ``neighbour# curl http://192.0.2.1:8888``. All else is text. At each
heading of the second level, counters start at 0 and no connection is known.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from packet_walk.places import places
from packet_walk.stable import Stable

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEMPLATE, PAGE = DOCS / "packet-walk.template.md", DOCS / "packet-walk.md"
_NOTE = "Written by `make walk` from packet-walk.template.md, which is the file to change."
_MODULE = "hostnet.containers."
_PROMPT = re.compile(r"([a-z-]+)# (.+)")


def captured(iptables="nft"):
    """Return the text of the page, as a fresh host makes it."""
    with places(iptables) as found:
        return "\n".join(_filled(TEMPLATE.read_text(encoding="utf-8"), found)) + "\n"


def tasks(block):
    """Yield module and options of the tasks in a block of YAML."""
    for task in yaml.safe_load(block):
        ((name, options),) = task.items()
        yield name[len(_MODULE) :], options


def _filled(template, found):
    stable, language, block = Stable(), None, []
    for line in template.splitlines():
        if line.startswith("```"):
            if language == "yaml":
                for module, options in tasks("\n".join(block)):
                    found.declare(module, options)
            language, block = (line[3:] if language is None else None), []
        elif language is None and line.startswith("## "):
            found.count_from_zero()
        else:
            block.append(line)
        yield line
        if language is None and line == "-->":
            yield "<!-- %s -->" % _NOTE
        elif language == "console" and block:
            place, command = _PROMPT.fullmatch(line).groups()
            yield from stable.output(command, found.run(place, command))
