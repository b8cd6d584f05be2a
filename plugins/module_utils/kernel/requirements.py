# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel adapter needs on the host."""

from __future__ import annotations

import os
import re

from ansible_collections.hostnet.containers.plugins.module_utils.errors import Missing

OLDEST = (0, 7, 2)
REMEDY = "install python3-pyroute2 or run: pip install pyroute2, or apply the role hostnet.containers.host_setup"
_CAP_NET_ADMIN, _CAP_SYS_ADMIN = 12, 21


def check(foreseen=False):
    """Check that this process may configure the network, and that pyroute2 is there; it is not imported.

    Args:
        foreseen: whether pyroute2 may still have to be installed.

    Raises:
        Missing: naming the remedy.
    """
    _check_rights()
    if not foreseen:
        check_pyroute2()


def load_pyroute2():
    """Import pyroute2, which is done only where something is sent or read by it. Raises Missing if that fails."""
    try:
        import pyroute2  # noqa: F401  # pylint: disable=unused-import
    except ImportError as error:
        raise Missing("pyroute2 cannot be imported on the host (%s); %s" % (error, REMEDY)) from error


def _check_rights():
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:
        effective = re.search(r"^CapEff:\s*([0-9a-f]+)", status.read(), re.MULTILINE)
    rights = int(effective.group(1), 16) if effective else 0
    for capability, name in ((_CAP_NET_ADMIN, "CAP_NET_ADMIN"), (_CAP_SYS_ADMIN, "CAP_SYS_ADMIN")):
        if not rights >> capability & 1:
            raise Missing("the module runs as uid %d without %s; run it as root (become: true)" % (os.geteuid(), name))


def check_pyroute2():
    """Check that a pyroute2 is there which is new enough. Raises Missing."""
    from importlib.util import find_spec

    spec = find_spec("pyroute2")
    if spec is None or not spec.submodule_search_locations:
        raise Missing("pyroute2 %s or newer is required on the host; %s" % (_dotted(OLDEST), REMEDY))
    folder = list(spec.submodule_search_locations)[0]
    found = _version(folder)
    if found is not None and found < OLDEST:
        numbers = _dotted(found), folder, _dotted(OLDEST)
        raise Missing("pyroute2 %s in %s is too old, %s or newer is required; %s" % (*numbers, REMEDY))


def _version(folder):
    """Read the version from the package's own file; None for a release that keeps it elsewhere."""
    try:
        with open(os.path.join(folder, "config", "version.py"), encoding="ascii") as file:
            numbers = re.search(r"(\d+)\.(\d+)\.(\d+)", file.read())
    except OSError:
        return None
    return tuple(int(number) for number in numbers.groups()) if numbers else None


def _dotted(version):
    return ".".join(str(number) for number in version)
