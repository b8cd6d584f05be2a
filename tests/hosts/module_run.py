# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module of this collection the way Ansible does, but in a warm process that is in a host already."""

from __future__ import annotations

import importlib
import io
import json
import sys

PACKAGE = "ansible_collections.hostnet.containers.plugins.modules."


class ModuleFailed(AssertionError):
    """A module failed that a test expected to work; the message is the module's."""


def warm_up(module):
    """Import in the parent what the children will use, so that each of them is born with it."""
    for name in ("ansible.module_utils.basic", "pyroute2", PACKAGE + module):
        importlib.import_module(name)


def run(module, options, check, diff):
    """Run the module with options in this process; to be called in a child only."""
    from ansible.module_utils import basic

    # Plugins of the controller that a test imports say that this is one, and warnings then do not reach the result.
    internal = sys.modules.get("ansible.module_utils._internal")
    if internal is not None:
        internal.is_controller = False
    args = dict(options, _ansible_check_mode=check, _ansible_diff=diff, _ansible_remote_tmp="/tmp")
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": args}).encode()
    basic._ANSIBLE_PROFILE = "legacy"  # ansible-core 2.19 and later ask for it, earlier ones ignore it
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    sys.argv = [module]
    try:
        importlib.import_module(PACKAGE + module).main()
    except SystemExit:
        pass
    return _result(sys.stdout.getvalue(), sys.stderr.getvalue())


def _result(stdout, stderr):
    try:
        return json.loads(stdout)
    except ValueError:
        raise ValueError("the module gave no JSON result:\n%s\n%s" % (stdout, stderr)) from None
