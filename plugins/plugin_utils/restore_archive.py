# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine of this collection as a zipped application of Python."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath

_ENGINE = Path(__file__).resolve().parents[1] / "module_utils"
_PACKAGE = PurePosixPath("ansible_collections/hostnet/containers/plugins/module_utils")
_NEEDS_ANSIBLE = "ansible_module.py"
_MAIN = """\
import sys

from %s.restore.program import main

sys.exit(main())
""" % ".".join(_PACKAGE.parts)
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def archive():
    """Return its bytes, which depend on nothing but the files of the engine."""
    files = {str(_PACKAGE / path.relative_to(_ENGINE).as_posix()): path.read_text("utf-8") for path in _sources()}
    packages = {str(folder / "__init__.py"): "" for name in files for folder in PurePosixPath(name).parents[:-1]}
    buffer = io.BytesIO()
    buffer.write(b"#!/usr/bin/env python3\n")
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as made:
        for name, text in sorted({**packages, **files, "__main__.py": _MAIN}.items()):
            made.writestr(zipfile.ZipInfo(name, _EARLIEST), text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _sources():
    return [path for path in _ENGINE.rglob("*.py") if path.name != _NEEDS_ANSIBLE]
