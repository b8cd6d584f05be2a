# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process that keeps a host's namespaces alive: `sleep`, after a short script has furnished them."""

from __future__ import annotations

import subprocess

# /etc and /var/lib are overlays: what is written there goes when the host goes, and the machine's files stay.
# /run is empty: no namespaces of others, no service manager, no lock that parallel tests would share.
_FURNISH = """
mount -t tmpfs -o mode=755 none /run
for folder in etc var/lib; do
    name=$(echo "$folder" | tr / -)
    layers="/run/.layers/$name"
    mkdir -p "$layers/upper" "$layers/work"
    mount -t overlay none -o "lowerdir=/$folder,upperdir=$layers/upper,workdir=$layers/work" "/$folder"
done
mkdir -p /etc/netns
mount -t sysfs none /sys
for family in iptables ip6tables; do
    for program in "$family" "$family-save" "$family-restore"; do
        ln -sfn "/usr/sbin/$family-$BACKEND${program#"$family"}" "/etc/alternatives/$program"
    done
done
ip link set lo up
# A new namespace copies some of these from the machine, which may be a router.
for setting in $SYSCTLS; do
    echo "${setting#*=}" > "/proc/sys/net/${setting%%=*}"
done
echo ready
exec sleep infinity >&- 2>&-
"""

_SYSCTLS = (
    "ipv4/ip_forward=0",
    "ipv4/conf/all/rp_filter=0",
    "ipv4/conf/default/rp_filter=0",
    "ipv4/conf/all/route_localnet=0",
    "ipv4/conf/default/route_localnet=0",
    "ipv6/conf/all/forwarding=0",
    # Duplicate address detection would make each test wait two seconds for its addresses.
    "ipv6/conf/all/accept_dad=0",
    "ipv6/conf/default/accept_dad=0",
)


class HostFailed(RuntimeError):
    """The namespaces could not be made or furnished."""


class Holder:
    """A network and a mount namespace, alive until `close`."""

    def __init__(self, iptables="nft"):
        argv = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--propagation", "private"]
        self._process = subprocess.Popen(
            [*argv, "sh", "-euc", _FURNISH],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "BACKEND": iptables, "SYSCTLS": " ".join(_SYSCTLS)},
        )
        if self._process.stdout.readline() != "ready\n":
            errors = self._process.communicate()[1]
            raise HostFailed("a throw-away host needs root and Linux namespaces: %s" % errors)
        self.pid = self._process.pid

    def namespace(self, kind):
        """The file of one of the namespaces: `net` or `mnt`."""
        return "/proc/%d/ns/%s" % (self.pid, kind)

    def close(self):
        """Let the kernel take the namespaces apart."""
        self._process.kill()
        self._process.communicate()
