# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network tools of other container runtimes, as their runtimes call them."""

from __future__ import annotations

import json

NETAVARK = "/usr/lib/podman/netavark"
CNI = "/usr/lib/cni"


class Netavark:
    """What Podman calls."""

    def __init__(self, host, name="theirs", address="10.88.0.2", port=8080):
        self.host = host
        self.container = host.container(name)
        self._name = name
        self._options = json.dumps(
            {
                "container_id": "c" * 64,
                "container_name": name,
                "port_mappings": [
                    {"container_port": 80, "host_ip": "", "host_port": port, "protocol": "tcp", "range": 1}
                ],
                "networks": {"podman": {"interface_name": "eth0", "static_ips": [address]}},
                "network_info": {
                    "podman": {
                        "name": "podman",
                        "id": "2" * 64,
                        "driver": "bridge",
                        "network_interface": "podman0",
                        "subnets": [{"gateway": "10.88.0.1", "subnet": "10.88.0.0/16"}],
                        "ipv6_enabled": False,
                        "internal": False,
                        "dns_enabled": False,
                        "ipam_options": {"driver": "host-local"},
                    }
                },
            }
        )

    def add(self):
        """Make the container's network; returns the container as a place."""
        self.host.run(["ip", "netns", "add", self._name])
        self._run("setup")
        return self.container

    def remove(self):
        """Take it away again."""
        self._run("teardown")
        self.host.run(["ip", "netns", "delete", self._name])

    def rules_are_nftables(self):
        """Whether its rules are a table of nftables, as those of Debian 13 are."""
        return "netavark" in self.host.run("nft list tables").stdout

    def _run(self, command):
        words = [NETAVARK, "--config", "/run/netavark", command, "/run/netns/" + self._name]
        self.host.run(words, stdin=self._options)


class Cni:
    """What Kubernetes and others call: the plugins bridge, firewall and portmap, one after the other."""

    def __init__(self, host, name="theirs", port=8080):
        self.host = host
        self.container = host.container(name)
        self._name = name
        common = {"cniVersion": "0.4.0", "name": "net"}
        ports = {"portMappings": [{"hostPort": port, "containerPort": 80, "protocol": "tcp"}]}
        ipam = {"type": "host-local", "subnet": "10.89.0.0/16", "dataDir": "/run/cni"}
        self._plugins = [
            {**common, "type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": True, "ipam": ipam},
            {**common, "type": "firewall", "backend": "iptables"},
            {**common, "type": "portmap", "capabilities": {"portMappings": True}, "runtimeConfig": ports},
        ]
        self._plugins[0]["ipam"]["routes"] = [{"dst": "0.0.0.0/0"}]

    @staticmethod
    def rules_are_nftables():
        """Never, as configured here."""
        return False

    def add(self):
        """Make the container's network; returns the container as a place."""
        self.host.run(["ip", "netns", "add", self._name])
        result = {}
        for plugin in self._plugins:
            result = self._run("ADD", {**plugin, "prevResult": result} if result else plugin)
        self._result = result
        return self.container

    def remove(self):
        """Take it away again; the bridge stays, as it always does with CNI."""
        for plugin in reversed(self._plugins):
            self._run("DEL", {**plugin, "prevResult": self._result})
        self.host.run(["ip", "netns", "delete", self._name])

    def _run(self, command, plugin):
        environment = {
            "CNI_COMMAND": command,
            "CNI_CONTAINERID": self._name,
            "CNI_NETNS": "/run/netns/" + self._name,
            "CNI_IFNAME": "eth0",
            "CNI_PATH": CNI,
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        }
        words = ["env", "-i", *("%s=%s" % item for item in environment.items())]
        return self.host.run([*words, "%s/%s" % (CNI, plugin["type"])], stdin=json.dumps(plugin)).json
