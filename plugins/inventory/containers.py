# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The declared containers of a fleet as hosts of the inventory."""

from __future__ import annotations

DOCUMENTATION = r"""
name: containers
short_description: The containers that hosts declare in hostnet_networks, as hosts of the inventory
version_added: 1.0.0
author: Contributors to hostnet.containers (@hostnet)
description:
  - Reads the variable C(hostnet_networks) of each host of the inventory, as the playbook
    C(hostnet.containers.site) does, and adds each container as a host.
  - A container is reached as its host is, by the become plugin P(hostnet.containers.netns#become), so that every
    module runs inside its network namespace.
  - A container is named C(CONTAINER.HOST). It is in the group C(hostnet_containers), and in a group
    C(NETWORK_containers) for each of its networks; characters that a group's name cannot have become underscores.
  - It has the variables of its host, and further C(hostnet_host), the name of its host; C(hostnet_container), its own;
    C(hostnet_network), the network that declares it; C(hostnet_netns), its namespace; and C(hostnet_addresses), the
    addresses that are declared for it.
  - The source must come after those that name the hosts; files of a folder are read in the order of their names.
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [hostnet.containers.containers]
notes:
  - Nothing is asked of the hosts.
  - Plays on C(all) reach containers, too. The playbooks of this collection leave them out.
seealso:
  - plugin: hostnet.containers.netns
    plugin_type: become
"""

EXAMPLES = r"""
# inventory/hosts.yml names the hosts, and this is inventory/zz_containers.yml.
plugin: hostnet.containers.containers

# Then, for all containers of the network web on all hosts:
#
# - hosts: web_containers
#   gather_facts: true
#   tasks:
#     - ansible.builtin.uri:
#         url: http://127.0.0.1/
"""

import re

from ansible.errors import AnsibleParserError
from ansible.inventory.helpers import get_group_vars
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.utils.vars import combine_vars
from ansible.vars.plugins import get_vars_from_inventory_sources

GROUP = "hostnet_containers"
_NOT_OF_A_GROUP = re.compile(r"\W")
_ITS_OWN = ("hostnet_networks", "inventory_file", "inventory_dir")


class InventoryModule(BaseInventoryPlugin):
    """Add the containers of the hosts that other sources named."""

    NAME = "hostnet.containers.containers"

    def verify_file(self, path):
        """Tell whether a file may be a source of this plugin."""
        return super().verify_file(path) and path.endswith((".yml", ".yaml"))

    def parse(self, inventory, loader, path, cache=True):
        """Add the containers."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        inventory.add_group(GROUP)
        for name in sorted(inventory.hosts):
            variables = self._variables(inventory.hosts[name])
            for network in self._networks(name, variables):
                for container in network.get("containers") or ():
                    self._add(name, variables, network, container)

    def _variables(self, host):
        """As a play sees them, files of group_vars and host_vars included."""
        sources = self.inventory.processed_sources
        groups = host.get_groups()
        found = get_group_vars(groups)
        found = combine_vars(found, get_vars_from_inventory_sources(self.loader, sources, groups, "all"))
        found = combine_vars(found, host.get_vars())
        return combine_vars(found, get_vars_from_inventory_sources(self.loader, sources, [host], "all"))

    def _networks(self, name, variables):
        if "hostnet_networks" not in variables:
            return []
        self.templar.available_variables = dict(variables, inventory_hostname=name)
        networks = self.templar.template(variables["hostnet_networks"])
        wrong = not isinstance(networks, list) or not all(
            isinstance(item, dict) and "name" in item for item in networks
        )
        if wrong:
            raise AnsibleParserError("hostnet_networks of %s is not a list of networks, each with a name" % name)
        return [item for item in networks if item.get("state", "present") == "present"]

    def _add(self, host, variables, network, container):
        name = "%s.%s" % (container["name"], host)
        self.inventory.add_host(name)
        for joined in (network["name"], *(_name(item) for item in container.get("networks") or ())):
            group = self.inventory.add_group(_NOT_OF_A_GROUP.sub("_", joined) + "_containers")
            self.inventory.add_host(name, group=group)
        self.inventory.add_host(name, group=GROUP)
        own = {
            "ansible_host": variables.get("ansible_host", host),
            "ansible_become": True,
            "ansible_become_method": "hostnet.containers.netns",
            "hostnet_host": host,
            "hostnet_network": network["name"],
            "hostnet_container": container["name"],
            "hostnet_netns": container.get("netns") or container["name"],
            "hostnet_addresses": container.get("addresses") or [],
            # A group's variable would reach the container, too, and declare the networks of its host in it.
            "hostnet_networks": [],
        }
        inherited = {key: value for key, value in variables.items() if key not in _ITS_OWN}
        for key, value in {**inherited, **own}.items():
            self.inventory.set_variable(name, key, value)


def _name(further):
    """The name of a further network, which is declared as text or as a dict."""
    return further["name"] if isinstance(further, dict) else str(further)
