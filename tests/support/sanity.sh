#!/bin/sh
# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Run all of ansible-test's sanity tests on a copy of this checkout, under the path that ansible-test demands.
# Usage: sanity.sh [OPTION of ansible-test sanity...], with ansible-test on the PATH

set -eu

copy=.cache/ansible_collections/hostnet/containers
rm -rf "$copy"
mkdir -p "$copy"
# Else ansible-test would take the checkout's repository for the copy's, and find all files ignored there.
git init --quiet "$copy"
# New files count before they are committed; .dev is a link that leads back to the checkout.
git -c safe.directory='*' ls-files --cached --others --exclude-standard |
    while read -r file; do
        case $file in .dev/*) ;; *) [ ! -e "$file" ] || echo "$file" ;; esac
    done | tar -cf - -T - | tar -xf - -C "$copy"

# ansible-test keeps its environments below the home folder: ours, so that `make clean` finds them.
export HOME="$PWD/.cache/home"
mkdir -p "$HOME/.ansible/test/cache"
cd "$copy"
python=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')

# ansible-test fetches a script to install pip with. Where that is out of reach, Python's own copy of pip does.
if ! probe=$(ansible-test sanity --local --python "$python" --test yamllint 2>&1); then
    script=$(printf %s "$probe" | grep -o 'get_pip_[0-9_]*\.py' | head -n 1)
    if [ -n "$script" ]; then
        cat >"$HOME/.ansible/test/cache/$script" <<'PYTHON'
import subprocess
import sys

arguments = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL)
subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", *arguments])
PYTHON
    fi
fi
ansible-test sanity --local --python "$python" "$@"
