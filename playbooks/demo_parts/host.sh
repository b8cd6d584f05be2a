#!/bin/sh
# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A throw-away host for the demo: network, mount and process namespaces of its own. All ends when its first process does.
# Usage: host.sh open PYTHON     make it, and print its folder; FOLDER/python then runs Python programs inside
#        host.sh close FOLDER    end it and everything that runs in it, and remove the folder
#        host.sh serve FOLDER    inside: start the web servers
#        host.sh stop FOLDER     inside: stop them
#        host.sh compare FOLDER  inside: print what differs from the host as it was opened; fails if anything does

set -eu

# Should nobody close it, it ends by itself, and so does its folder.
seconds=600

open() {
    python=$1
    check
    folder=$(mktemp -d "${TMPDIR:-/tmp}/hostnet-demo.XXXXXX")
    setsid unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private \
        sh "$0" inside "$folder" </dev/null >"$folder/log" 2>&1 &
    keeper=$!
    echo "$keeper" >"$folder/keeper"
    for _ in $(seq 100); do
        [ ! -e "$folder/ready" ] || break
        sleep 0.05
    done
    if [ ! -e "$folder/ready" ]; then
        echo "the throw-away host did not start: $(cat "$folder/log")" >&2
        close
        exit 1
    fi
    first=$(cut -d' ' -f1 "/proc/$keeper/task/$keeper/children")
    printf '#!/bin/sh\nexec nsenter --target %s --net --mount --pid -- "%s" "$@"\n' "$first" "$python" >"$folder/python"
    chmod 755 "$folder/python"
    echo "$folder"
}

check() {
    [ "$(id -u)" = 0 ] || refuse "be root; use sudo"
    for program in nginx ip iptables-save nsenter unshare setsid; do
        command -v "$program" >/dev/null || refuse "have the program $program"
    done
    "$python" -c 'import pyroute2' 2>/dev/null || refuse "have pyroute2 for $python, or -e demo_python=ANOTHER_PYTHON"
}

refuse() {
    echo "To run the demo, you have to $1. In a checkout, \"sudo make demo\" installs what is missing." >&2
    exit 1
}

# With the first process, the kernel ends all others of its namespace.
close() {
    keeper=$(cat "$folder/keeper")
    first=$(cut -d' ' -f1 "/proc/$keeper/task/$keeper/children" 2>/dev/null) || first=
    [ -z "$first" ] || kill -KILL "$first"
    for _ in $(seq 100); do
        readlink "/proc/$first/exe" >/dev/null || break
        sleep 0.05
    done
    rm -rf "$folder"
}

# The first process of the host. The neighbour on the LAN is also the router to the internet.
inside() {
    mount -t tmpfs none /run
    mount -t sysfs none /sys
    unshare --net sleep "$seconds" &
    lan=$!
    unshare --net sleep "$seconds" &
    internet=$!
    echo "$lan" >"$folder/lan"
    echo "$internet" >"$folder/internet"
    until apart "$lan" && apart "$internet"; do sleep 0.01; done

    ip link set lo up
    ip link add lan0 type veth peer name eth0 netns "$lan"
    ip address add 192.0.2.1/24 dev lan0
    ip link set lan0 up
    ip route add default via 192.0.2.2
    nsenter --target "$lan" --net sh "$0" neighbour "$folder"
    nsenter --target "$internet" --net sh "$0" internet "$folder"
    snapshot >"$folder/before"
    touch "$folder/ready"
    sleep "$seconds" &
    wait $! || true
    rm -rf "$folder"
}

apart() {
    [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# A bad neighbour: it sends packets for the host's containers, and for the host's 127.0.0.1, by way of the LAN.
neighbour() {
    ip address add 192.0.2.2/24 dev eth0
    ip link set eth0 up
    ip route add 10.20.0.0/24 via 192.0.2.1
    ip route add 10.30.0.0/24 via 192.0.2.1
    ip link add wan0 type veth peer name eth0 netns "$(cat "$folder/internet")"
    ip address add 198.51.100.1/24 dev wan0
    ip link set wan0 up
    echo 1 >/proc/sys/net/ipv4/ip_forward
    echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
    ip route add 127.0.0.0/8 via 192.0.2.1
}

internet() {
    ip link set lo up
    ip address add 198.51.100.2/24 dev eth0
    ip link set eth0 up
    ip route add default via 198.51.100.1
}

serve() {
    server container-a 80 ip netns exec container-a
    server container-b 80 ip netns exec container-b
    server container-c 80 ip netns exec container-c
    server internet 80 nsenter --target "$(cat "$folder/internet")" --net
    server private 127.0.0.1:7777
}

# Start one nginx that tells its name and who asked. Usage: server NAME LISTEN [COMMAND...]
server() {
    name=$1 listen=$2 place=$folder/servers/$1
    shift 2
    mkdir -p "$place"
    cat >"$place/nginx.conf" <<CONF
user root;
worker_processes 1;
pid $place/pid;
events {}
http {
    access_log $place/access.log;
    client_body_temp_path $place/body;
    proxy_temp_path $place/proxy;
    fastcgi_temp_path $place/fastcgi;
    uwsgi_temp_path $place/uwsgi;
    scgi_temp_path $place/scgi;
    server {
        listen $listen;
        default_type text/plain;
        location / { return 200 "$name sees \$remote_addr"; }
    }
}
CONF
    "$@" nginx -e "$place/error.log" -c "$place/nginx.conf"
}

stop() {
    for file in "$folder"/servers/*/pid; do
        kill "$(cat "$file")"
    done
}

compare() {
    snapshot >"$folder/after"
    diff "$folder/before" "$folder/after" || return 1
    echo "$(grep -c . "$folder/after") links, namespaces, rules, chains and kernel settings as before"
}

# What a network can leave behind on a host.
snapshot() {
    ip -oneline link
    ip netns list
    for program in iptables ip6tables; do
        # Rules, chains of users and policies other than ACCEPT, without counters.
        "$program-save" | sed -n "s/ \[[0-9:]*\]\$//; /^-A/s/^/$program: /p; /^:.* \(-\|DROP\)\$/s/^/$program: /p"
    done
    grep -rs . /proc/sys/net/ipv4 /proc/sys/net/ipv6 || true
}

action=$1 folder=$2
"$action" "$folder"
