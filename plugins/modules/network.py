#!/usr/bin/python
# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: network
short_description: Manage whole container networks in one transaction
version_added: 1.0.0
description:
  - Makes one or many bridge networks with their containers, addresses, published ports, masquerade and isolation.
  - One plan, one change, taken back as a whole if a step fails. Traffic of what does not change is not interrupted.
  - Containers find each other by name. Every namespace gets C(/etc/netns/NAME/hosts) and
    C(/etc/netns/NAME/resolv.conf), which C(ip netns exec) shows to programs as C(/etc/hosts) and C(/etc/resolv.conf).
    The latter has the name servers, C(search) and C(options) of the host.
  - What was declared is recorded in C(/etc/hostnet/networks), with the addresses that were allocated, so that they
    stay the same from run to run and across reboots. What exists is decided by the host itself and not by that record.
  - The name of a network is the O(hostnet.containers.bridge#module:owner) of all that it consists of.
  - What the modules of its parts refuse is refused, before anything changes, and check mode says the same.
extends_documentation_fragment:
  - hostnet.containers._common
  - hostnet.containers._common.declared
  - hostnet.containers._common.network
  - hostnet.containers._common.iptables
options:
  name:
    description: Name of the network.
    type: str
  bridge: &bridge
    description: Name of the bridge, at most 15 characters. By default C(br-) and the name of the network.
    type: str
  subnets: &subnets
    description:
      - Subnets of the network, IPv4 or IPv6, in CIDR form. There may be several of a family.
      - The first of each family counts for the default route of the containers, and for where ports are published to.
        Adding another behind it interrupts nobody.
    type: list
    elements: str
  gateways: &gateways
    description:
      - The host's addresses on the bridge, at most one in each subnet.
      - By default the first address of each subnet. A subnet of one address has none.
    type: list
    elements: str
  reserved: &reserved
    description: Ranges of the subnets in CIDR form from which no address is allocated.
    type: list
    elements: str
  mtu: &mtu
    description:
      - Maximum transmission unit of the bridge and its containers in bytes. With IPv6, 1280 at least.
      - By default that of the interface with the host's default route, that of IPv4 first. It follows that interface in
        later runs. A host that has no default route for the moment keeps what was found, and takes 1500 if there was
        never one.
    type: int
  internal: &internal
    description:
      - No traffic leaves or enters by other interfaces, and containers get no default route. What of the host stays
        open, O(host_access) says.
      - The default is V(false).
    type: bool
  isolate: &isolate
    description:
      - No traffic to or from other networks. Published ports stay reachable by the host's address.
      - Containers of two that are both open, with V(false), reach each other under their own addresses.
      - The default is V(true).
    type: bool
  icc: &icc
    description:
      - Containers of the network may talk to each other.
      - The default is V(true).
    type: bool
  direct_access: &direct_access
    description:
      - Container addresses may be reached from outside the host without a published port.
      - The default is V(false).
    type: bool
  host_access: &host_access
    description:
      - What of the host itself the containers may open, on whatever address of the host. Answers always pass.
      - V(all) leaves that to the host's own rules.
      - V(published) is published ports, by any address of the host, DNS on the gateways of the network, and ping.
      - V(none) is nothing, published ports by the host's address included.
      - What this option refuses stays refused whatever rules of others accept. What it lets by is still up to these.
        Exceptions go into the chain C(HOSTNET-USER-INPUT) of the table C(filter), which runs before.
      - The default is V(all). With O(internal), it is DNS and ping of the network's own gateways, unless the bridge
        has O(hostnet.containers.bridge#module:members).
    type: str
    choices: [all, published, none]
  deny_destinations: &deny_destinations
    description:
      - Networks in CIDR form, of either family, that the containers may not reach, such as V(169.254.169.254/32), where
        clouds answer with credentials of the host.
      - It counts before and after the destination was rewritten, for the host's own addresses, too, and for published
        ports that lead there. Answers always pass, and so do queries to the network's own DNS server. Other
        name servers are denied with the network that they are in.
      - What stays on the bridge does not pass the host, and is not affected.
    type: list
    elements: str
  forward_policy: &forward_policy
    description:
      - What happens to the policy of the chain C(FORWARD), which all networks share. One V(drop) among them counts.
      - By default as with V(drop) if this run switches IP forwarding on, so that the host does not become an open
        router, else as with V(keep).
    type: str
    choices: [keep, drop]
  masquerade: &masquerade
    description:
      - Containers reach the outside under the host's address, with V(true).
      - An address of the host such as V(192.0.2.7), or a list with one for each family, is what they are seen as. A
        family that none is given for has the address of the interface that packets leave by.
      - With V(false) they are seen as they are.
      - The default is V(true).
    type: raw
  anti_spoof: &anti_spoof
    description:
      - Only packets from a container's own MAC address and its addresses leave it; see
        O(hostnet.containers.veth_pair#module:anti_spoof).
      - The default is V(true). On a host without the program C(nft) (package C(nftables)) the default only warns, and
        an explicit V(true) is an error.
    type: bool
  dns: &dns
    description:
      - A DNS server answers on the gateways for the names of the containers, and for their addresses. Containers of the
        network have it in C(resolv.conf). It answers nobody else but the host, and its queries pass the C(INPUT) chain
        of iptables also where the policy of that is C(DROP).
      - Queries of any type for these names, for names without a dot and for addresses of the network are answered at
        once and not passed on.
      - It forwards all other queries to the name servers in the host's C(/etc/resolv.conf), also to those that only the
        host itself can reach. That of an O(internal) network forwards none.
      - A container on several networks asks the server of its own network first. Those of further networks follow.
      - It is C(dnsmasq), as a unit C(hostnet-dns-NAME.service) of systemd below C(/run). The host needs both.
        The package is C(dnsmasq-base) on Debian and Ubuntu, and C(dnsmasq) elsewhere.
      - A name that goes is forgotten at once. Nothing restarts when names change.
      - The default is V(false).
    type: bool
  dns_servers: &dns_servers
    description:
      - Name servers of the containers, at most three, in their C(resolv.conf). With O(dns), those that the DNS server
        of the network asks.
      - By default those of the host, as far as they can be reached from elsewhere, and none on an O(internal) network.
        An empty list is none.
      - A container on several networks has those of its own network first. Those of further networks follow.
    type: list
    elements: str
  dns_search: &dns_search
    description:
      - Domains that programs in containers try behind a name without a dot, the line C(search) of C(resolv.conf).
      - A container on several networks has those of all of them.
    type: list
    elements: str
  dns_options: &dns_options
    description:
      - Options such as V(ndots:2) for the line C(options) of C(resolv.conf).
      - A container on several networks has those of all of them.
    type: list
    elements: str
  containers: &containers
    description:
      - The containers of the network, up to 1023, which is as many ports as a bridge takes.
      - Left out, those that are on record stay as they are. An empty list removes them.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name by which other containers find it.
        type: str
        required: true
      netns:
        description:
          - The name of its network namespace. By default that of the container.
          - A namespace of this name that others made is used as it is, and stays when the container goes. Only its
            C(sysctls) are set in it.
        type: str
      pid:
        description:
          - Its network namespace is that of this running process, which gets the name. It stays when the container
            goes.
          - The record keeps the name, so that runs without C(containers) find the namespace when the process is gone.
          - Mutually exclusive with C(path).
        type: int
      path:
        description:
          - Its network namespace is that which is mounted on, or that is, this file, such as C(/proc/1234/ns/net).
            It gets the name.
          - Mutually exclusive with C(pid).
        type: path
      addresses:
        description:
          - Its addresses on this network. The prefix length may be left out, and is that of the subnet otherwise.
          - By default the lowest free address of each subnet, kept from run to run.
        type: list
        elements: str
      mac:
        description: MAC address of its interface on this network.
        type: str
      peer:
        description:
          - Name of its interface on this network.
          - The default is V(eth0).
        type: str
      gateways:
        description:
          - Next hops of its default routes, at most one for each family, such as another container that is a router.
          - By default the gateways of the network. An empty list is no default route.
        type: list
        elements: str
      routes:
        description:
          - Static routes by way of its interface on this network. The list is exact.
          - A default route goes with O(containers[].gateways), one that has a metric of its own with these.
        type: list
        elements: dict
        suboptions:
          to:
            description: Destination network in CIDR form.
            type: str
            required: true
          via:
            description: Next hop. By default the destination is on the link.
            type: str
          metric:
            description: The route with the lower metric wins.
            type: int
      rate_to_container:
        description:
          - Limit towards it on this network in bits per second, such as V(10mbit).
          - By default, and with V(0), there is none.
        type: str
      rate_from_container:
        description:
          - Limit from it on this network in bits per second, such as V(512kbit).
          - By default, and with V(0), there is none.
        type: str
      burst:
        description: Bytes that may pass at once above the limits, such as V(64k). By default chosen for the rate.
        type: str
      queue_length:
        description:
          - Length of the transmit queue of its interface on this network, at both ends, V(1) to V(1000000) packets.
          - By default left as it is.
        type: int
      ports:
        description:
          - Published ports, as text in Docker's short form or as dicts with options of
            M(hostnet.containers.port_publish).
          - A port without an address of the host is published for every family that the container has, and of which
            there are C(allowed_sources) if any are given.
        type: list
        elements: raw
      hosts:
        description: Further names by which other containers find it.
        type: list
        elements: str
      networks:
        description:
          - Further networks that it is on, by name, or as dicts of C(name) and those options of a container that say
            what its interface there is like. These are C(addresses), C(mac), C(peer), C(gateways), C(routes),
            C(rate_to_container), C(rate_from_container), C(burst), C(queue_length), C(anti_spoof) and
            C(allowed_addresses).
          - Its interfaces there are C(eth1), C(eth2) and so on. Its default route is that of this network. So with
            C(peer), numbers at the end of the names have to rise in the order of the networks.
        type: list
        elements: raw
      anti_spoof:
        description: As O(anti_spoof), for this container. The default is that of each of its networks.
        type: bool
      allowed_addresses:
        description:
          - Networks or addresses that may leave the container beside its own, for instance an address that moves from
            container to container. On a further network that has none of its own, only those of its subnets.
        type: list
        elements: str
      sysctls:
        description: Kernel settings inside its namespace. Only keys below C(net.) are allowed.
        type: dict
  purge: &purge
    description:
      - Whether containers and ports of the network that are no longer declared go.
      - The default is V(true).
    type: bool
  networks:
    description:
      - Many networks in one call, each with the options of the module.
      - An option beside the list holds for every element that does not give its own.
      - Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the network.
        type: str
      bridge: *bridge
      subnets: *subnets
      gateways: *gateways
      reserved: *reserved
      mtu: *mtu
      internal: *internal
      isolate: *isolate
      icc: *icc
      direct_access: *direct_access
      host_access: *host_access
      deny_destinations: *deny_destinations
      forward_policy: *forward_policy
      masquerade: *masquerade
      anti_spoof: *anti_spoof
      dns: *dns
      dns_servers: *dns_servers
      dns_search: *dns_search
      dns_options: *dns_options
      containers: *containers
      purge: *purge
      state:
        description: Whether the network is there. The default is O(state).
        type: str
        choices: [present, absent]
seealso:
  - module: hostnet.containers.network_info
  - module: hostnet.containers.port_publish
"""

EXAMPLES = r"""
- name: A network with two containers
  hostnet.containers.network:
    name: web
    subnets: [10.20.0.0/24]
    containers:
      - name: container-a
        ports: ["8888:80"]
      - name: container-b
        ports: ["9999:80"]

- name: Containers that nobody trusts reach the internet, and neither the host's services nor private networks
  hostnet.containers.network:
    name: guests
    subnets: [10.40.0.0/24, "fd00:40::/64"]
    host_access: published
    deny_destinations: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, "fc00::/7"]
    containers:
      - name: guest

- name: Two networks, and a container that is on both
  hostnet.containers.network:
    networks:
      - name: front
        subnets: [10.20.0.0/24, "fd00:20::/64"]
        containers:
          - name: proxy
            ports: ["80:80", "443:443"]
            networks: [back]
      - name: back
        subnets: [10.30.0.0/24]
        internal: true
        containers:
          - name: database
            hosts: [db]

- name: A network with a DNS server, for programs that do not read a hosts file
  hostnet.containers.network:
    name: web
    subnets: [10.20.0.0/24]
    dns: true
    containers:
      - name: container-a

- name: Containers with a fixed address outside, limits, routes of their own, and name servers of the company
  hostnet.containers.network:
    name: web
    subnets: [10.20.0.0/24]
    masquerade: 192.0.2.7
    dns_servers: [192.0.2.53]
    dns_search: [example.com]
    containers:
      - name: container-a
        rate_from_container: 100mbit
        routes:
          - {to: 198.51.100.0/24, via: 10.20.0.3}
      - name: router
        addresses: [10.20.0.3]
        sysctls: {net.ipv4.ip_forward: 1}

- name: Restart what runs in containers whose namespace is new
  hostnet.containers.network:
    name: web
    subnets: [10.20.0.0/24]
    containers:
      - name: container-a
  register: web
  notify: restart containers  # a handler that loops over web.remade

- name: Remove a network and all that belongs to it
  hostnet.containers.network:
    name: web
    state: absent
"""

RETURN = r"""
actions:
  description: The steps that were done, or in check mode would be done, one readable line each.
  returned: always
  type: list
  elements: str
  sample: [create bridge br-web]
networks:
  description: The declared networks as they are after the run.
  returned: success
  type: list
  elements: dict
  sample:
    - name: web
      bridge: br-web
      subnets: [10.20.0.0/24]
      gateways: [10.20.0.1]
      mtu: 1500
      containers:
        - name: container-a
          netns: container-a
          addresses: [10.20.0.2/24]
          networks: {web: [10.20.0.2/24]}
      settled: {name: web, bridge: br-web, subnets: [10.20.0.0/24], containers: [{name: container-a}]}
      further_networks: []
      guests: []
      namespaces_of_others: []
  contains:
    settled:
      description: Its options with all that was not declared filled in, addresses for instance. The filter
        P(hostnet.containers.cards#filter) takes them.
      type: dict
    further_networks:
      description: The same of the further networks that its containers are on.
      type: list
      elements: dict
    guests:
      description: The same of other networks whose containers are on this one, too.
      type: list
      elements: dict
    namespaces_of_others:
      description: Names of those namespaces that its containers only use.
      type: list
      elements: str
changes:
  description:
    - The same as RV(actions), for each network what is done about it.
    - A line that serves several of the declared networks, such as switching on IP forwarding, is there for each.
  returned: success
  type: list
  elements: dict
  sample: [{network: web, actions: [create bridge br-web]}]
  contains:
    network:
      description: Its name. None for what is about no single network.
      type: str
      returned: success
    actions:
      description: What is done, or would be.
      type: list
      elements: str
      returned: success
remade:
  description:
    - Names of those containers of the declared networks whose namespace was made by this call, or in check mode would
      be. What ran in a former namespace of theirs does not run in the new one.
  returned: success
  type: list
  elements: str
  sample: [container-a]
"""

from ansible_collections.hostnet.containers.plugins.module_utils.ansible_module import run
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.report.drift import changes
from ansible_collections.hostnet.containers.plugins.module_utils.report.return_values import remade


def main():
    run(Network, returned="networks", further={"remade": remade, "changes": changes})


if __name__ == "__main__":
    main()
