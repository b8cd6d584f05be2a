#!/bin/sh
# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A whole guest system for tests: a Debian tree, a layer of memory over it, booted with its own systemd.
# Usage: guest.sh start FOLDER TREE   the guest's name is the last part of FOLDER; returns when it has booted
#        guest.sh stop FOLDER         nothing of it stays
#        guest.sh enter FOLDER COMMAND...   run a command in it

set -eu

# The process that a file names, if it runs and is of this guest: after a reboot an old file may name any process.
process() {
    pid=$(cat "$folder/$1" 2>/dev/null) && grep -qsF "$folder" "/proc/$pid/cmdline" && echo "$pid"
}

leader() {
    pid=$(process pid) && cut -d' ' -f1 "/proc/$pid/task/$pid/children" 2>/dev/null
}

# The control group of the guest. Below one that guests shared, the services of one would be in those of the other, and its
# systemd, which cannot see their processes, would stop nothing any more.
control_group() {
    top=$(findmnt --noheadings --first-only --types cgroup2 --output TARGET) || return 0
    echo "$top$(sed -n 's/^0:://p' /proc/1/cgroup | sed 's,/$,,; s,/init.scope$,,')/hostnet-guest-$(printf %s "$folder" | cksum | cut -d ' ' -f 1)"
}

# Runs in a mount namespace of its own: the mounts end with the guest, even if it is killed.
boot() {
    group=$(control_group)
    if [ -n "$group" ]; then
        mkdir -p "$group"
        echo $$ >"$group/cgroup.procs"
    fi
    mount -t tmpfs -o mode=755 none "$folder/root"
    mkdir "$folder/root/upper" "$folder/root/work" "$folder/root/merged"
    mount -t overlay none -o "lowerdir=$tree,upperdir=$folder/root/upper,workdir=$folder/root/work" "$folder/root/merged"
    export UNIFIED_CGROUP_HIERARCHY=1 SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
    while :; do
        systemd-nspawn --quiet --register=no --keep-unit --private-network --console=read-only \
            --machine="$name" --hostname="$name" -D "$folder/root/merged" --boot </dev/null &
        echo $! >"$folder/pid"
        status=0
        wait $! || status=$?
        # systemd-nspawn says so for a reboot, and leaves it to its service manager to start it again.
        [ "$status" = 133 ] || exit "$status"
    done
}

start() {
    if [ -n "$(leader)" ]; then
        return
    fi
    mkdir -p "$folder/root"
    setsid unshare --mount --propagation private "$0" boot "$folder" "$tree" </dev/null >"$folder/console.log" 2>&1 &
    echo $! >"$folder/keeper"
    for _ in $(seq 300); do
        state=$(nsenter --target "$(leader)" --all --root --wd systemctl is-system-running 2>/dev/null) || true
        case $state in running | degraded) return ;; esac
        sleep 0.1
        # Its end means that systemd-nspawn failed.
        process keeper >/dev/null || break
    done
    tail -n 30 "$folder/console.log" >&2
    echo "guest $name did not boot" >&2
    stop
    exit 1
}

stop() {
    # The keeper first, or it would take the end for a reboot.
    for pid in $(process keeper) $(leader) $(process pid); do
        kill -KILL "$pid" 2>/dev/null || true
    done
    for _ in $(seq 50); do
        process pid >/dev/null || break
        sleep 0.1
    done
    group=$(control_group)
    if [ -n "$group" ] && [ -d "$group" ]; then
        # Its last process may still be on its way out.
        for _ in $(seq 50); do
            find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && break
            sleep 0.1
        done
    fi
    rm -rf "$folder"
}

enter() {
    # What sshd is told by its client on standard input, and what it answers, pass through.
    exec nsenter --target "$(leader)" --all --root --wd \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"
}

action=$1 folder=$(realpath -m "$2") tree=${3:-}
name=$(basename "$folder")
case $action in
    enter) shift 2 && enter "$@" ;;
    *) "$action" ;;
esac
