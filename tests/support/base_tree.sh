#!/bin/sh
# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Print the path of a Debian tree for whole-system tests; build it first where it is not cached.
# Usage: base_tree.sh SUITE   (bullseye, bookworm, trixie)

set -eu

suite=$1
# Guests have no network, so everything that roles would install is in the tree already.
packages=systemd,systemd-sysv,dbus,kmod,procps,python3,python3-pyroute2,iptables,nftables,iproute2,conntrack,curl,dnsmasq-base,openssh-server
cache=${XDG_CACHE_HOME:-$HOME/.cache}/hostnet-containers
# The list is part of the name: a tree of an earlier list is not taken for this one.
tree=$cache/$suite-$(printf %s "$packages" | sha256sum | cut -c1-8)

for program in debootstrap systemd-nspawn; do
    command -v "$program" >/dev/null || {
        echo "There is no $program; run tests/support/debian_packages.sh test as root, which installs what tests need." >&2
        exit 1
    }
done
if [ ! -d "$tree" ]; then
    mkdir -p "$cache"
    unfinished=$(mktemp -d "$cache/unfinished.XXXXXX")
    trap 'rm -rf "$unfinished"' EXIT
    echo "Building a Debian tree ($suite) in $cache; this takes about a minute, once." >&2
    debootstrap --variant=minbase --include="$packages" "$suite" "$unfinished/tree" >"$cache/debootstrap.log" 2>&1 || {
        tail -n 20 "$cache/debootstrap.log" >&2
        exit 1
    }
    rm -rf "$unfinished"/tree/var/cache/apt/archives/*.deb "$unfinished"/tree/var/lib/apt/lists/*
    mv "$unfinished/tree" "$tree"
fi
echo "$tree"
