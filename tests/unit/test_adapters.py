# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only a real host runs is at least whole: every file can be imported, every name is there, every step has its
performer, and the kernel's settings have the numbers that pyroute2 knows."""

from __future__ import annotations

import builtins
import dataclasses
import dis
import importlib
import types
from pathlib import Path

import pytest

from ansible_collections.hostnet.containers.plugins.module_utils import host
from ansible_collections.hostnet.containers.plugins.module_utils.declare.bridge import Bridge
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import (
    BRIDGE,
    INTERFACE,
    PORT,
    setting_names,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.veth_pair import VethPair
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.links import attributes, links
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink import wire_format
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.netlink.message import nest
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.performers import PERFORMERS
from model import memory_host

COLLECTION = Path(__file__).resolve().parents[2]
PACKAGE = "ansible_collections.hostnet.containers."
# Not the plugins of the controller: what they import has modules in the same process give their warnings elsewhere.
FILES = sorted(
    ".".join(path.relative_to(COLLECTION).with_suffix("").parts)
    for folder in ("module_utils", "modules")
    for path in (COLLECTION / "plugins" / folder).rglob("*.py")
)


def functions_of(code):
    """Yield a code object and all that are defined within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from functions_of(constant)


def missing_names(module):
    """Names that a file uses and that nothing has defined, also those looked up in another file."""
    code = compile(Path(module.__file__).read_text(encoding="utf-8"), module.__file__, "exec")
    for function in functions_of(code):
        holder = None
        for instruction in dis.get_instructions(function):
            name = instruction.argval
            if holder is not None and instruction.opname in ("LOAD_ATTR", "LOAD_METHOD") and not hasattr(holder, name):
                yield "%s.%s in %s" % (holder.__name__, name, function.co_name)
            holder = None
            if instruction.opname == "LOAD_GLOBAL":
                if name not in vars(module) and not hasattr(builtins, name):
                    yield "%s in %s" % (name, function.co_name)
                found = vars(module).get(name)
                holder = found if isinstance(found, types.ModuleType) else None


@pytest.mark.parametrize("name", FILES)
def test_every_name_that_a_file_uses_is_there(name):
    assert list(missing_names(importlib.import_module(PACKAGE + name))) == []


def test_a_missing_name_is_found(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("import os\ndef f():\n    return [g() for _ in os.nothing()]\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("broken", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert [text.partition(" in ")[0] for text in missing_names(module)] in (["os.nothing", "g"], ["g", "os.nothing"])


def steps():
    """Every class of a step."""
    found = []
    for name in FILES:
        if name.startswith("plugins.module_utils.steps."):
            module = importlib.import_module(PACKAGE + name)
            found += [
                item
                for item in vars(module).values()
                if isinstance(item, type) and item.__module__ == module.__name__ and dataclasses.is_dataclass(item)
            ]
    return found


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.__name__)
def test_every_step_has_words_and_one_performer(step):
    assert callable(step.describe)
    assert (step in PERFORMERS) is not (step in host.Host._PERFORM)


def test_nothing_else_is_performed():
    assert set(PERFORMERS) | set(host.Host._PERFORM) == set(steps())
    assert set(memory_host._PERFORM) <= set(steps())


SAMPLES = {
    attributes.SWITCH: True,
    attributes.NUMBER: 7,
    attributes.SECONDS: 7,
    attributes.NEGATED_FIRST_BIT: False,
}
TABLES = {INTERFACE: attributes.INTERFACE, BRIDGE: attributes.BRIDGE, PORT: attributes.PORT}


def told_by_pyroute2(settings):
    """The `Link` that is read from a message in which pyroute2 encoded settings of all three kinds."""
    written = {kind: attributes.written(TABLES[kind], values) for kind, values in settings.items()}
    information = [
        ("IFLA_INFO_KIND", "bridge"),
        ("IFLA_INFO_DATA", nest(written[BRIDGE])),
        ("IFLA_INFO_SLAVE_KIND", "bridge"),
        ("IFLA_INFO_SLAVE_DATA", nest(written[PORT])),
    ]
    message = links.message([("IFLA_IFNAME", "web"), *written[INTERFACE], ("IFLA_LINKINFO", nest(information))])
    return links.read(message.encoded(links.RTM_NEWLINK, 0, 1)[wire_format.HEADER_SIZE :]).link


def test_every_setting_that_is_sent_is_read_back():
    """Its number is right, and this release of pyroute2 knows it: one that is nested it would drop in silence."""
    settings = {kind: {row.name: SAMPLES[row.form] for row in table} for kind, table in TABLES.items()}
    link = told_by_pyroute2(settings)
    assert (link.settings, link.bridge, link.port) == (settings[INTERFACE], settings[BRIDGE], settings[PORT])


def declared_settings():
    """Every declared setting with the table that has its row."""
    return [
        (name, table)
        for kind, table in TABLES.items()
        for cls in (Bridge, VethPair)
        for name in setting_names(cls, kind)
    ]


@pytest.mark.parametrize(
    ("name", "table"), declared_settings(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_declared_setting_has_its_row(name, table):
    assert [row.name for row in table].count(name) == 1
