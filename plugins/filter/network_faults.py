# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is wrong with declared networks, as far as that can be told without a host."""

from __future__ import annotations

DOCUMENTATION = r"""
name: network_faults
short_description: Tell what is wrong with declared networks
version_added: 1.0.0
author: Contributors to hostnet.containers (@hostnet)
description:
  - Checks networks on the controller as M(hostnet.containers.network) does on the host, so that a mistake is told
    before anything is installed or changed.
  - Each option that does not exist, at any depth, is told with its place and the nearest one that does.
  - If there is none, the first value that cannot be used is told.
options:
  _input:
    description: Networks, as O(hostnet.containers.network#module:networks) takes them.
    type: list
    elements: dict
    required: true
seealso:
  - module: hostnet.containers.network
"""

EXAMPLES = r"""
- name: Refuse what is wrong
  ansible.builtin.assert:
    that: faults | length == 0
    fail_msg: "{{ faults | join('; ') }}"
  vars:
    faults: "{{ hostnet_networks | hostnet.containers.network_faults }}"
"""

RETURN = r"""
_value:
  description: A sentence for each fault.
  type: list
  elements: str
  sample: ["network web, container a: there is no port; did you mean ports?"]
"""

from collections.abc import Mapping

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hostnet.containers.plugins.module_utils.ansible_module import TypedByAnsible
from ansible_collections.hostnet.containers.plugins.module_utils.declare.module_options import (
    declaration_of,
    elements_of,
    list_spec,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.declare.unknown_options import unknown_options
from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError

# The variable that people write.
_LIST = "hostnet_networks"


def network_faults(networks):
    """Return a sentence for each fault; see `DOCUMENTATION`."""
    networks = _apart(networks)
    return unknown_options(elements_of(Network), networks, Network.LIST) or _unusable(networks)


def _apart(value):
    """A copy in which nothing is there twice, as YAML's anchors may have it: Ansible writes into what it checks."""
    if isinstance(value, Mapping):
        return {key: _apart(item) for key, item in value.items()}
    return [_apart(item) for item in value] if isinstance(value, (list, tuple)) else value


def _unusable(networks):
    typed = ArgumentSpecValidator({_LIST: list_spec(Network)}).validate({_LIST: networks})
    if typed.error_messages:
        message = " ".join(typed.error_messages[0].split())
        return [message if _LIST in message else "%s: %s" % (_LIST, message)]
    try:
        declaration_of(Network, dict(typed.validated_parameters, state="present"), TypedByAnsible(), list_name=_LIST)
    except HostnetError as error:
        return [str(error)]
    return []


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Return them by name."""
        return {"network_faults": network_faults}
