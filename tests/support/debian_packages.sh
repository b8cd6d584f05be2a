#!/bin/sh
# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Install what is missing of the Debian packages that the demo or the tests need. Starts no service, now or at boot.
# Usage: debian_packages.sh demo|test

set -eu

packages="conntrack curl iproute2 iptables kmod nginx-light procps"
case $1 in
    demo) ;;
    test)
        packages="$packages debootstrap dnsmasq-base iputils-ping nftables openssh-client shellcheck socat systemd-container"
        # Others that the tests run beside this collection, on hosts of their own.
        packages="$packages containernetworking-plugins crun docker.io firewalld netavark ufw"
        # Docker's client is a package of its own from Debian 13 on.
        ! grep -q "^VERSION_ID=\"1[3-9]" /etc/os-release || packages="$packages docker-cli"
        ;;
esac
python3 -c 'import ensurepip' 2>/dev/null || packages="$packages python3-venv"

missing=
for package in $packages; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) || true
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "Run this as root, or install these Debian packages first:$missing" >&2
    exit 1
fi

# Units that start at boot. A firewall or a web server that came with the tests must not be among them.
enabled_units() {
    [ -x "$(command -v systemctl)" ] || return 0
    systemctl --root=/ --no-legend --plain list-unit-files --state=enabled | cut -d ' ' -f 1
}

policy=/usr/sbin/policy-rc.d
kept=$policy.before-hostnet
restore_policy() {
    if [ -e "$kept" ]; then mv "$kept" "$policy"; else rm -f "$policy"; fi
}
# An installed nginx would listen on port 80 of this machine from now on; we run our own, in namespaces.
if [ -e "$policy" ] && [ ! -e "$kept" ]; then
    mv "$policy" "$kept"
fi
trap restore_policy EXIT
trap 'exit 1' HUP INT TERM
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

before=$(enabled_units | tr "\n" " ")
echo "Installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# shellcheck disable=SC2086
apt-get -qq install --no-install-recommends $missing >/dev/null
for unit in $(enabled_units); do
    case " $before" in
        *" $unit "*) ;;
        *) systemctl --quiet --root=/ disable "$unit" ;;
    esac
done
