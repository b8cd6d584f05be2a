# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Compose file on a host: what comes out of `from_compose` does what the file says."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.filter.from_compose import from_compose
from hosts.lab import HOST, INTERNET

SHOP = """
services:
  web:
    image: nginx
    ports: ["8080:80", "127.0.0.1:8081:80", {target: 53, published: 5353, protocol: udp}]
    networks: {front: {}, back: {ipv4_address: 10.30.0.9}}
  db:
    networks: {back: {aliases: [sql]}}
    sysctls: [net.core.somaxconn=512]
  dual:
    networks: [six]
networks:
  front: {driver_opts: {com.docker.network.driver.mtu: 1400}}
  back: {internal: true, ipam: {config: [{subnet: 10.30.0.0/24, ip_range: 10.30.0.64/26}]}}
  six: {enable_ipv6: true}
"""


def test_a_compose_file_on_a_host(lab):
    host = lab.host
    host.remember()
    networks = from_compose(SHOP)
    host.module("network", networks=networks)
    assert not host.module("network", networks=networks)["changed"]
    web, db, dual = (host.container(name) for name in ("web", "db", "dual"))
    web.serve_tcp(80, "I am web")
    web.serve_udp(53, "I am a name server")
    db.serve_tcp(5432, "I am db")
    assert lab.lan.ask(HOST, 8080).reply == "I am web"
    assert lab.lan.ask(HOST, 5353, "udp").reply == "I am a name server"
    assert host.ask("127.0.0.1", 8081).reply == "I am web"
    assert not lab.lan.can_reach(HOST, 8081)
    # By its alias, inside the network that leads nowhere else.
    assert db.addresses() == ["10.30.0.64/24"]
    assert web.run("getent ahosts sql").stdout.startswith("10.30.0.64 ")
    assert web.ask("10.30.0.64", 5432).client == "10.30.0.9"
    lab.internet.serve_tcp(80)
    assert web.can_reach(INTERNET, 80)
    assert not db.can_reach(INTERNET, 80)
    assert web.run("ip -j link show eth0").json[0]["mtu"] == 1400
    assert db.run("sysctl -n net.core.somaxconn").stdout.strip() == "512"
    assert {address.partition(":")[0][:2] for address in dual.addresses()} == {"10", "fd"}
    host.module("network", networks=[{"name": item["name"], "state": "absent"} for item in networks])
    assert host.leaks() == []
