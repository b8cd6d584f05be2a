# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Docker of the machine's distribution, running on a throw-away host."""

from __future__ import annotations

import time

from peers import Joined

_FOLDER = "/run/docker"
_SOCKET = "unix:///run/docker.sock"
# One static layer with one program: containers are only there to have a network.
_IMAGE = """
mkdir -p /run/image && cd /run/image
for file in /bin/sleep $(ldd /bin/sleep | grep -o '/[^ ]*'); do cp --parents "$file" .; done
tar -c . | docker import - sleeper
"""


class Dockerd:
    """The daemon. Its cgroups, images and sockets end with it."""

    def __init__(self, host):
        self._host = host
        # The group of its containers is the machine's, so it gets a name of its own.
        self._group = "/hostnet-test-%d" % host.pid
        host.run("mount -t cgroup2 none /sys/fs/cgroup")
        self.start()
        self._docker_shell(_IMAGE)

    def start(self):
        """Start the daemon and wait until it answers."""
        folders = ["--data-root", _FOLDER + "/data", "--exec-root", _FOLDER + "/exec", "-p", "/run/docker.pid"]
        limits = ["--cgroup-parent", self._group, "--default-ulimit", "nofile=20000:20000", "--storage-driver", "vfs"]
        with open("/dev/null", "w", encoding="ascii") as nowhere:
            self._process = self._host.start(
                ["dockerd", "-H", _SOCKET, "--live-restore", *folders, *limits], stdout=nowhere, stderr=nowhere
            )
        deadline = time.monotonic() + 20
        while self.docker("version", check=False).rc:
            if time.monotonic() > deadline:
                raise AssertionError("dockerd did not start; run it by hand to see why")
            time.sleep(0.1)

    def stop(self):
        """Stop the daemon; its containers go on."""
        self._process.terminate()
        self._process.wait(20)

    def docker(self, *words, check=True):
        """Run the client."""
        return self._host.run(["docker", "-H", _SOCKET, *words], check=check)

    def container(self, name, *options):
        """Run a container; returns it as a place."""
        self.docker("run", "-d", "--name", name, *options, "sleeper", "/bin/sleep", "600")
        return Joined(self._host, int(self.docker("inspect", "-f", "{{.State.Pid}}", name).stdout))

    def close(self):
        """End the containers, then the daemon."""
        names = self.docker("ps", "-aq").stdout.split()
        if names:
            self.docker("rm", "-f", *names)
        self.stop()
        self._host.run(["rmdir", "/sys/fs/cgroup" + self._group], check=False)

    def _docker_shell(self, script):
        self._host.run(["env", "DOCKER_HOST=" + _SOCKET, "sh", "-euc", script])
