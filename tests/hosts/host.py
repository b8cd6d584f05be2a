# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A throw-away host: network, mounts, /run and /etc of its own, and the modules of this collection in it."""

from __future__ import annotations

import os

from hosts import child, module_run, snapshot
from hosts.container import Container
from hosts.holder import Holder
from hosts.place import Place, end_processes


class Host(Place):
    """A host that ends with `close` (or with the block, as a context manager)."""

    def __init__(self, iptables="nft"):
        super().__init__()
        self._holder = Holder(iptables)
        self.iptables = iptables
        self.pid = self._holder.pid
        self._containers = []
        self._at_first = None

    def enter(self):
        """Join the network and the mounts of this host."""
        child.join(self._holder.namespace("mnt"), self._holder.namespace("net"), root="/proc/%d/root" % self.pid)

    # --- modules ------------------------------------------------------------------------------------

    def module(self, module, /, *, check=False, diff=False, timeout=60, **options):
        """Run a module of this collection and return its result; a failure raises `ModuleFailed`."""
        result = self._module(module, check, diff, timeout, options)
        if result.get("failed"):
            raise module_run.ModuleFailed("%s: %s" % (module, result["msg"]))
        return result

    def module_fails(self, module, /, *, check=False, diff=False, timeout=60, **options):
        """Run a module that must fail, and return its message."""
        result = self._module(module, check, diff, timeout, options)
        if not result.get("failed"):
            raise AssertionError("%s(%s) should have failed, but gave %s" % (module, options, result))
        return result["msg"]

    def _module(self, module, check, diff, timeout, options):
        module_run.warm_up(module)
        return self.python(module_run.run, module, options, check, diff, timeout=timeout)

    # --- containers ---------------------------------------------------------------------------------

    def container(self, name):
        """The place inside a namespace of this host that exists or will exist, to act from there."""
        container = Container(self, name)
        self._containers.append(container)
        return container

    def namespaces(self):
        """Names of the namespaces of this host, as `ip netns` knows them."""
        return sorted(entry["name"] for entry in self.run("ip -j netns list").json)

    # --- judging ------------------------------------------------------------------------------------

    def snapshot(self):
        """All that a module could leave on a host, as lines by subject; see `snapshot.py`."""
        return self.python(snapshot.take)

    def remember(self):
        """Take the state now as what `leaks` compares with."""
        self._at_first = self.snapshot()

    def leaks(self, since=None):
        """Lines of the snapshot that came or went since `remember` (or since an earlier snapshot)."""
        before = since or self._at_first
        if before is None:
            raise RuntimeError("call remember() first, or give since=")
        return snapshot.differences(before, self.snapshot())

    # --- ending -------------------------------------------------------------------------------------

    def processes(self):
        """Ids of all processes in this host and its namespaces, daemons included, but for the holder."""
        return self._processes_in(*self._namespace_ids())

    def close(self):
        """End all processes of this host, then the host."""
        for place in self._containers:
            place.close()
        super().close()
        namespaces = self._namespace_ids()
        end_processes(lambda: self._processes_in(*namespaces))
        self._holder.close()

    def _processes_in(self, nets, mounts):
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) in (self.pid, os.getpid()):
                continue
            try:
                if _inode(entry, "net") in nets or _inode(entry, "mnt") in mounts:
                    found.append(int(entry))
            except OSError:
                continue
        return found

    def _namespace_ids(self):
        named = self.python(_named_namespaces)
        # A test may give a name to a foreign namespace; the machine's own processes stay alive.
        nets = {_inode(self.pid, "net"), *named} - {_inode("self", "net")}
        mounts = {_inode(self.pid, "mnt")} - {_inode("self", "mnt")}
        return nets, mounts


def _inode(pid, kind):
    return os.stat("/proc/%s/ns/%s" % (pid, kind)).st_ino


def _named_namespaces():
    if not os.path.isdir("/run/netns"):
        return []
    # A test may put there what leads nowhere.
    return [os.stat(entry.path).st_ino for entry in os.scandir("/run/netns") if os.path.exists(entry.path)]
