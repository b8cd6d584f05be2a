# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write docs/packet-walk.md anew. Run as root, by ``make walk``."""

from __future__ import annotations

from packet_walk.page import PAGE, captured

PAGE.write_text(captured(), encoding="utf-8")
