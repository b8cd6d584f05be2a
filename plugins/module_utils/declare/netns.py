# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared resource `Netns`: a named network namespace."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hostnet.containers.plugins.module_utils.declare.name import namespace_name, sysctls
from ansible_collections.hostnet.containers.plugins.module_utils.declare.number import within
from ansible_collections.hostnet.containers.plugins.module_utils.declare.option import option
from ansible_collections.hostnet.containers.plugins.module_utils.errors import Invalid

# Where names of namespaces are.
FOLDER = "/run/netns"


@dataclass(frozen=True)
class Netns:
    """A network namespace under ``/run/netns``.

    Attributes:
        name: its name, as ``ip netns`` shows it.
        sysctls: settings inside it, pairs of key and value.
        loopback: whether its ``lo`` is up.
        pid: give the name to the namespace of this process instead of making one.
        path: give the name to the namespace mounted on, or linked from, this file instead of making one.
        borrowed: whether, if there is one of this name that others made, it is used as it is, but for settings.
        owner: who declared it; the scope of purge.
    """

    name: str = option("str", namespace_name)
    sysctls: tuple = option("dict", sysctls, default=(), write=dict)
    loopback: bool = option("bool", default=True)
    pid: int = option("int", within(1, 2**22))
    path: str = option("path")
    borrowed: bool = False
    owner: str = "default"

    KIND = "namespace"
    LIST = "namespaces"
    KEY = ("name",)
    NEEDED = ()

    @property
    def key(self):
        """What makes it this one and no other."""
        return self.name

    @property
    def source(self):
        """The namespace of somebody else that it names: ``("pid", number)`` or ``("path", file)``, else None."""
        if self.pid is not None:
            return ("pid", self.pid)
        return ("path", self.path) if self.path is not None else None

    def check(self, where):
        """Refuse options that contradict each other."""
        if self.pid is not None and self.path is not None:
            raise Invalid(where + "pid", "cannot be combined with path; give one of the two")
        if self.path is not None and not self.path.startswith("/"):
            raise Invalid(where + "path", "%r is not absolute; start it with '/'" % self.path)
        if self.path is not None and not self.path.isprintable():
            raise Invalid(where + "path", "%r holds characters that no path has" % self.path)
