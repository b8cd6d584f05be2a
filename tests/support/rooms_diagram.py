# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draw the rooms of the engine from their imports, and put the graph into docs/design.md, by ``make golden``."""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from rooms import DESIGN, diagram, with_diagram  # noqa: E402

print(diagram(), end="")
DESIGN.write_text(with_diagram(DESIGN.read_text(encoding="utf-8")), encoding="utf-8")
