#!/usr/bin/python
# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: port_publish
short_description: Publish ports of containers on the host
version_added: 1.0.0
description:
  - Makes a port of the host lead to a container, as C(docker run -p) does, without a daemon.
  - The port is reachable from the network, from the host itself, and from containers by the host's address (hairpin),
    also on a host whose FORWARD policy is DROP.
  - The container sees the client's own address, except for hairpin and loopback connections.
  - Switches on IP forwarding for the family. On a host that had it off, the policy of the chain FORWARD becomes DROP in
    the same run, so that the host does not become an open router; both are restored when nothing needs them any more.
  - Connections that a port does not let in any more end at once, so that clients move. Those that it lets in as before
    live on. Datagrams of clients that sent them before the port was published reach the container from then on.
  - A host port that another owner published is an error that names it. So is one on which a process of the host
    listens, if the port would take packets from it. One that listens on 127.0.0.1 loses none with O(loopback=none), and
    one that listens on another address than O(host_ip) none, either.
extends_documentation_fragment:
  - hostnet.containers._common
  - hostnet.containers._common.declared
  - hostnet.containers._common.owned
  - hostnet.containers._common.iptables
options:
  host_port:
    description: Port of the host, such as V(8080), or a range such as V(8000-8010).
    type: str
  container_ip:
    description: Address of the container.
    type: str
  container_port:
    description:
      - Port of the container, or a range as long as that of O(host_port).
      - By default the same as O(host_port).
    type: str
  protocol:
    description:
      - Transport protocol.
      - The default is V(tcp).
    type: str
    choices: [tcp, udp, sctp]
  host_ip:
    description:
      - Publish on this address of the host only.
      - By default on all addresses of the family of O(container_ip).
    type: str
  bridge:
    description:
      - The bridge that the container is on. It may be a bridge that this collection did not make.
      - By default the bridge of this collection whose subnet holds O(container_ip).
    type: str
  loopback:
    description:
      - How the host itself reaches the port by C(127.0.0.1) or C([::1]).
      - V(route_localnet) lets the kernel route packets for C(127.0.0.0/8) into the bridge; those from elsewhere are
        dropped. It costs nothing, keeps the client's address as far as that is possible, and serves every
        O(protocol). The kernel has no such way for C([::1]).
      - V(proxy) has systemd listen, and C(systemd-socket-proxyd) pass connections on to the container, which sees the
        host's address. It serves C(127.0.0.1) and C([::1]), and, as C(docker-proxy) does, every IPv6 address of the
        host for an IPv4 container; with O(allowed_sources), and where the same port is published to an IPv6 address of
        a container, too, only C([::1]). With O(host_ip) it serves that address if it is a loopback address, and is of
        no use for others. It needs systemd, and serves V(tcp) only. There is no such way for UDP on C([::1]); for UDP
        on C(127.0.0.0/8) there is V(route_localnet).
      - The proxies are units C(hostnet-proxy-*) below C(/run/systemd/system), a socket and a service for each port,
        which are there until the port is withdrawn. A firewall of the host that filters C(INPUT) filters what comes
        to them from the network.
      - V(none) leaves loopback addresses alone.
      - The default is V(route_localnet).
    type: str
    choices: [route_localnet, proxy, none]
  hairpin:
    description:
      - Whether containers of the bridge, the target itself included, reach the port by the host's address.
      - The default is V(true).
    type: bool
  allowed_sources:
    description:
      - Who may reach the port, in CIDR form. The host itself always may.
      - An address of the host or of a bridge of this collection is taken only from where it belongs, so that nobody
        passes by forging one. Containers are judged by their own address.
      - By default anyone.
    type: list
    elements: str
  ports:
    description:
      - Many ports in one call. An element is a dict with the options of the module, C(state) included, or text in
        Docker's short form C([host_ip:]host_port[-end]:container_port[-end][/proto]), or one port alone, such as
        V("8080") or V("53/udp"), for the same port on both sides.
      - Text is to be quoted. Without quotes YAML reads V(2222:22) as a number, which is refused.
      - An option beside the list, such as O(container_ip), holds for every element that does not give its own.
      - Mutually exclusive with O(host_port).
    type: list
    elements: raw
seealso:
  - module: hostnet.containers.masquerade
  - module: hostnet.containers.forwarding
"""

EXAMPLES = r"""
- name: Publish a port
  hostnet.containers.port_publish:
    host_port: 8888
    container_ip: 10.20.0.2
    container_port: 80

- name: Publish many in one run, and withdraw those that the same owner declared before
  hostnet.containers.port_publish:
    owner: web
    purge: true
    container_ip: 10.20.0.2
    ports:
      - "8080:80"
      - "192.0.2.1:8000-8010:8000-8010/udp"
      - host_port: 5432
        container_ip: 10.20.0.3
        allowed_sources: [198.51.100.0/24]

- name: Publish a port also on [::1], and on the host's IPv6 addresses though the container has none
  hostnet.containers.port_publish:
    host_port: 8080
    container_ip: 10.20.0.2
    container_port: 80
    loopback: proxy

- name: Withdraw a port
  hostnet.containers.port_publish:
    host_port: 8888
    state: absent
"""

RETURN = r"""
actions:
  description: The steps that were done, or in check mode would be done, one readable line each.
  returned: always
  type: list
  elements: str
  sample: ["publish tcp 8888 -> 10.20.0.2:80"]
ports:
  description: The declared ports as they are after the run.
  returned: success
  type: list
  elements: dict
  sample:
    - host_port: "8888"
      protocol: tcp
      container_ip: 10.20.0.2
      container_port: "80"
      bridge: web
      loopback: route_localnet
      hairpin: true
"""

from ansible_collections.hostnet.containers.plugins.module_utils.ansible_module import run
from ansible_collections.hostnet.containers.plugins.module_utils.declare.port_publish import PortPublish


def main():
    run(PortPublish, returned="ports")


if __name__ == "__main__":
    main()
