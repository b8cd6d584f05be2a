# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A network as the lists that the card modules take."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cards
short_description: Turn a network into what the card modules take
version_added: 1.0.0
author: Contributors to hostnet.containers (@hostnet)
description:
  - Turns a network, as M(hostnet.containers.network) returns it, into the lists of options with which the same is made
    by the modules M(hostnet.containers.netns), M(hostnet.containers.bridge), M(hostnet.containers.forwarding),
    M(hostnet.containers.veth_pair), M(hostnet.containers.masquerade) and M(hostnet.containers.port_publish).
  - It is the code by which M(hostnet.containers.network) itself finds what a network consists of. So the two agree.
  - In check mode M(hostnet.containers.network) returns what would be, addresses that would be allocated included.
options:
  _input:
    description: An element of RV(hostnet.containers.network#module:networks).
    type: dict
    required: true
seealso:
  - module: hostnet.containers.network
"""

EXAMPLES = r"""
- name: Ask what a network will be
  hostnet.containers.network:
    name: web
    subnets: [10.20.0.0/24]
    containers:
      - name: container-a
  check_mode: true
  register: foreseen

- name: Make its namespaces alone
  hostnet.containers.netns:
    owner: web
    namespaces: "{{ (foreseen.networks[0] | hostnet.containers.cards).netns }}"
"""

RETURN = r"""
_value:
  description:
    - A dict with the keys C(netns), C(bridge), C(forwarding), C(veth_pair), C(masquerade) and C(port_publish).
    - Each holds the value of the list option of that module. Its O(hostnet.containers.netns#module:owner) is to be the
      name of the network.
    - And the key C(guests), a list of dicts with C(owner) and C(pairs). These are the veth pairs by which containers
      that other networks declare are on this one.
  type: dict
  sample:
    netns: [{name: container-a}]
    bridge: [{name: br-web, addresses: [10.20.0.1/24], mtu: 1500}]
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError
from ansible_collections.hostnet.containers.plugins.module_utils.resources.network.cards import cards_of

_TAKEN = ("settled", "further_networks", "guests", "namespaces_of_others")


def cards(network):
    """Return the lists of the card modules; see `DOCUMENTATION`."""
    try:
        return cards_of(*(network[name] for name in _TAKEN))
    except (KeyError, TypeError):
        raise AnsibleFilterError(
            "hostnet.containers.cards takes an element of what the module network returns as networks"
        ) from None
    except HostnetError as error:
        raise AnsibleFilterError("hostnet.containers.cards: %s" % error) from error


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Return them by name."""
        return {"cards": cards}
