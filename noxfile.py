# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sessions of `make test` for those who are used to nox. Each calls make, which says what it is."""

from __future__ import annotations

import nox

# Those that need root come last, and are not run unless they are asked for.
ROOTLESS = ("lint", "sanity", "unit")
WITH_ROOT = ("kernel", "molecule")

nox.options.sessions = list(ROOTLESS)


def _add(name):
    @nox.session(name=name, venv_backend="none")
    def call_make(session):
        session.run("make", name, *session.posargs, external=True)

    return call_make


for _name in (*ROOTLESS, *WITH_ROOT):
    _add(_name)
