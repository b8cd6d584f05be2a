# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The throw-away hosts that the page is captured on, and a web server in each container and on the internet."""

from __future__ import annotations

import contextlib
import os
import tempfile

from hosts import CommandFailed, Lab

# It tells who answers, by which of its addresses, and whom it sees.
_NGINX = """\
user root;
worker_processes 1;
pid {folder}/pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 80;
        default_type text/plain;
        location / {{ return 200 "{name}, as $server_addr, sees $remote_addr\\n"; }}
    }}
}}
"""
# Where br_netfilter is loaded, bridged packets pass iptables. Whether it is depends on the machine, the page must not.
_UNFILTERED = "test ! -e /proc/sys/net/bridge || sysctl -qw net.bridge.bridge-nf-call-iptables=0"
# Neither a language nor a proxy of the machine shows on the page.
_PLAIN = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C")
_FROM_ZERO = "for table in raw nat filter; do iptables -t $table -Z; done; conntrack -F 2>/dev/null"


class Places:
    """A host with a neighbour and the internet, as the page calls them: ``host``, ``neighbour``, ``internet``."""

    def __init__(self, lab, folder):
        self._lab = lab
        self._folder = folder
        self._by_name = {"host": lab.host, "neighbour": lab.lan, "internet": lab.internet}
        self._serve("internet")
        self.run("host", _UNFILTERED)

    def declare(self, module, options):
        """Run a module on the host, and a web server in each container that is new."""
        self._lab.host.module(module, **options)
        containers = [item["name"] for item in options.get("containers", ())]
        for name in [options["name"]] if module == "netns" else containers:
            if name not in self._by_name:
                self._by_name[name] = self._lab.host.container(name)
                self._serve(name)

    def run(self, place, command):
        """Return what a command of the shell prints at a place.

        Raises:
            CommandFailed: it failed, as grep does where it finds nothing.
        """
        done = self._by_name[place].run([*_PLAIN, "sh", "-c", command], check=False)
        if done.rc:
            raise CommandFailed(
                "%s# %s\n%s%sended with status %d; change docs/packet-walk.template.md, then `sudo make walk`"
                % (place, command, done.stdout, done.stderr, done.rc)
            )
        return done.stdout

    def count_from_zero(self):
        """Forget connections, and what the counters of rules have counted."""
        self.run("host", _FROM_ZERO)

    def _serve(self, name):
        folder = os.path.join(self._folder, name)
        os.mkdir(folder)
        with open(folder + "/nginx.conf", "w", encoding="ascii") as file:
            file.write(_NGINX.format(folder=folder, name=name))
        self.run(name, "nginx -e %s/error.log -c %s/nginx.conf" % (folder, folder))


@contextlib.contextmanager
def places(iptables="nft"):
    """Open the `Places`; they end with the block."""
    with tempfile.TemporaryDirectory() as folder, Lab(iptables) as lab:
        yield Places(lab, folder)
