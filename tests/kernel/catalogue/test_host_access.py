# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What containers may open on the host, and where they may not go: `host_access` and `deny_destinations`."""

from __future__ import annotations

import pytest
from networks import DB, FAMILIES, HOST_OF, INTERNET_OF, NEIGHBOUR_OF, WEB, make, publish
from packets import link_local, mac_of
from talk import PATIENCE, pings, refuses
from walls import PROGRAM, drop_rules

OWN = 7000


@pytest.fixture
def web(lab):
    """Networks `web` (a, b; 8080 leads to a) and `db` (c; 8082), and a host with a service of its own.

    `set` changes the policy of `web`.
    """
    lab.a, lab.b = make(lab.host, WEB, ["a", "b"])
    (lab.c,) = make(lab.host, DB, ["c"])
    lab.host.serve_tcp(OWN, "the host's own")
    lab.host.serve_udp(53, "DNS")
    for name, place in (("a", lab.a), ("c", lab.c), ("outside", lab.internet), ("neighbour", lab.lan)):
        place.serve_tcp(80, name)
    publish(lab.host, WEB, 2)
    publish(lab.host, DB, 2, 8082)
    lab.set = lambda **policy: lab.host.module("forwarding", bridge="web", **policy)
    return lab


def addresses_of_the_host(web, family):
    """Each on which the host answers to a container of `web`."""
    found = [WEB.gateway(family), DB.gateway(family), HOST_OF[family]]
    return [*found, link_local(mac_of(web.host, "web")) + "%eth0"] if family == 6 else found


def still_works(web, family, hairpin=True):
    """What no `host_access` may stop: answers, the way out, and ports published to the outside."""
    web.a.run("ip neigh flush all")
    web.host.run("ip neigh flush dev web")
    assert web.host.ask(WEB.address(family, 2), 80).reply == "a"
    assert pings(web.host, WEB.address(family, 2), timeout=PATIENCE)
    assert web.lan.ask(HOST_OF[family], 8080).reply == "a"
    assert web.a.ask(INTERNET_OF[family], 80).client == HOST_OF[family]
    assert web.b.ask(WEB.address(family, 2), 80).reply == "a"
    if hairpin:
        for address in (WEB.gateway(family), DB.gateway(family), HOST_OF[family]):
            assert web.b.ask(address, 8080).reply == "a"
            assert web.a.ask(address, 8082).reply == "c"


def test_all_is_the_default_and_leaves_it_to_the_hosts_own_rules(web, family):
    for address in addresses_of_the_host(web, family):
        assert web.a.ask(address, OWN).reply == "the host's own"
    still_works(web, family)
    assert web.set(host_access="all")["forwarding"][0]["host_access"] == "all"
    web.host.run([PROGRAM[family], "-A", "INPUT", "-p", "tcp", "--dport", str(OWN), "-j", "DROP"])
    assert refuses(web.a, HOST_OF[family], OWN)


def test_published_is_published_ports_dns_and_ping(web, family):
    done = web.set(host_access="published")
    policy = "isolate=yes internal=no icc=yes direct_access=no host_access=published"
    assert done["actions"][0] == "set forwarding of bridge web: " + policy
    assert done["forwarding"][0]["host_access"] == "published"
    for address in addresses_of_the_host(web, family):
        assert refuses(web.a, address, OWN)
        assert pings(web.a, address, timeout=PATIENCE)
    assert web.a.ask(WEB.gateway(family), 53, "udp").reply == "DNS"
    assert refuses(web.a, HOST_OF[family], 53, "udp")
    assert web.c.ask(HOST_OF[family], OWN).reply == "the host's own"
    still_works(web, family)
    assert not web.set(host_access="published")["changed"]
    assert drop_rules(web.host, family, "filter", ["-A HOSTNET-HOST-web ", "-j DROP"]) == 1
    for address in addresses_of_the_host(web, family):
        assert web.a.ask(address, OWN).reply == "the host's own"


def test_none_is_answers_only(web, family):
    web.set(host_access="none")
    for address in addresses_of_the_host(web, family):
        for port in (OWN, 8080, 8082):
            assert refuses(web.a, address, port)
        assert not pings(web.a, address)
    assert refuses(web.a, WEB.gateway(family), 53, "udp")
    still_works(web, family, hairpin=False)
    assert drop_rules(web.host, family, "nat", ["-i web", "-j RETURN"]) == 1
    assert web.a.ask(HOST_OF[family], 8082).reply == "c"
    assert drop_rules(web.host, family, "filter", ["-A HOSTNET-HOST-web ", "-j DROP"]) == 1
    assert web.a.ask(HOST_OF[family], OWN).reply == "the host's own"


def test_an_internal_network_has_dns_and_ping_of_its_own_gateway(web, family):
    """Its containers need but a default route to come to all other addresses of the host."""
    web.set(internal=True)
    others = [item for item in addresses_of_the_host(web, family) if item != WEB.gateway(family)]
    for address in others:
        assert refuses(web.a, address, OWN)
        assert not pings(web.a, address)
        assert refuses(web.a, address, 53, "udp")
    assert refuses(web.a, WEB.gateway(family), OWN)
    assert pings(web.a, WEB.gateway(family), timeout=PATIENCE)
    assert web.a.ask(WEB.gateway(family), 53, "udp").reply == "DNS"
    assert web.host.ask(WEB.address(family, 2), 80).reply == "a"
    web.set(internal=True, host_access="none")
    assert not pings(web.a, WEB.gateway(family))
    web.set(internal=True, host_access="published")
    assert web.b.ask(WEB.gateway(family), 8080).reply == "a"
    assert refuses(web.a, HOST_OF[family], 8082)
    web.set(internal=True, host_access="all")
    for address in addresses_of_the_host(web, family):
        assert web.a.ask(address, OWN).reply == "the host's own"


@pytest.mark.parametrize("first", [True, False], ids=["rules of others came first", "rules of others come first later"])
def test_what_is_refused_stays_refused_whatever_others_accept(web, family, first):
    accept = [PROGRAM[family], "-I", "INPUT", "-j", "ACCEPT"]
    if first:
        web.host.run(accept)
        web.set(host_access="none")
    else:
        web.set(host_access="none")
        web.host.run(accept)
        assert web.a.ask(HOST_OF[family], OWN).reply == "the host's own"
        assert web.set(host_access="none")["changed"]
    assert refuses(web.a, HOST_OF[family], OWN)
    assert not web.set(host_access="none")["changed"]


@pytest.mark.parametrize("access", ["all", "published"])
def test_what_others_refuse_is_not_opened(web, family, access):
    """Neither ping nor a service: only published ports, which INPUT does not see, work on a closed host."""
    web.set(host_access=access)
    web.host.run([PROGRAM[family], "-A", "INPUT", "-m", "conntrack", "--ctstate", "ESTABLISHED", "-j", "ACCEPT"])
    if family == 6:
        for kind in ("135", "136"):
            web.host.run(["ip6tables", "-A", "INPUT", "-p", "ipv6-icmp", "--icmpv6-type", kind, "-j", "ACCEPT"])
    web.host.run([PROGRAM[family], "-P", "INPUT", "DROP"])
    assert refuses(web.a, WEB.gateway(family), OWN)
    assert not pings(web.a, WEB.gateway(family))
    assert refuses(web.a, WEB.gateway(family), 53, "udp")
    still_works(web, family)


def test_the_users_chain_of_input_comes_first(web, family):
    web.set(host_access="none")
    exception = ["-i", "web", "-p", "tcp", "--dport", str(OWN), "-j", "ACCEPT"]
    web.host.run([PROGRAM[family], "-A", "HOSTNET-USER-INPUT", *exception])
    assert web.a.ask(WEB.gateway(family), OWN).reply == "the host's own"
    assert not pings(web.a, WEB.gateway(family))
    assert web.set(host_access="published")["changed"]
    assert web.a.ask(WEB.gateway(family), OWN).reply == "the host's own"


def every(*words):
    """One network of each family."""
    return ["%s/%d" % (word[family], {4: 32, 6: 128}[family]) for word in words for family in FAMILIES]


def test_denied_destinations_are_out_of_reach(web, family):
    done = web.set(deny_destinations=every(NEIGHBOUR_OF))
    assert done["actions"][0].endswith(" deny_destinations=192.0.2.2/32,2001:db8:1::2/128")
    assert refuses(web.a, NEIGHBOUR_OF[family], 80)
    assert not pings(web.a, NEIGHBOUR_OF[family])
    assert web.c.ask(NEIGHBOUR_OF[family], 80).reply == "neighbour"
    still_works(web, family)
    assert not web.set(deny_destinations=every(NEIGHBOUR_OF))["changed"]
    assert drop_rules(web.host, family, "filter", ["-A HOSTNET-DENY-web ", "-j DROP"]) == 2
    assert web.a.ask(NEIGHBOUR_OF[family], 80).reply == "neighbour"
    web.set(deny_destinations=[])
    assert "HOSTNET-DENY" not in web.host.run(PROGRAM[family] + "-save").stdout


def test_denied_addresses_of_the_host_answer_nothing_and_are_no_way_to_a_published_port(web, family):
    web.set(deny_destinations=every(HOST_OF))
    for port in (OWN, 8080, 8082):
        assert refuses(web.a, HOST_OF[family], port)
    assert web.a.ask(WEB.gateway(family), OWN).reply == "the host's own"
    assert web.a.ask(WEB.gateway(family), 8082).reply == "c"
    assert pings(web.host, WEB.address(family, 2), timeout=PATIENCE)
    still_works(web, family, hairpin=False)
    assert drop_rules(web.host, family, "filter", ["--ctorigdst", "-j DROP"]) == 1
    assert web.a.ask(HOST_OF[family], 8082).reply == "c"


def test_no_rewriting_leads_to_a_denied_destination(web, family):
    """Neither a published port, nor a rule of the user's own."""
    web.set(deny_destinations=[DB.subnet(each) for each in FAMILIES] + every(NEIGHBOUR_OF))
    assert refuses(web.a, HOST_OF[family], 8082)
    bracketed = {4: "%s:80", 6: "[%s]:80"}[family]
    led = ["-p", "tcp", "--dport", "8090", "-j", "DNAT", "--to-destination", bracketed % NEIGHBOUR_OF[family]]
    web.host.run([PROGRAM[family], "-t", "nat", "-A", "HOSTNET-USER", *led])
    assert refuses(web.a, HOST_OF[family], 8090)
    assert web.a.ask(HOST_OF[family], 8080).reply == "a"
    assert web.host.ask(HOST_OF[family], 8082).reply == "c"
    assert drop_rules(web.host, family, "filter", ["-A HOSTNET-DENY-web ", "-d ", "-j DROP"]) == 2
    assert web.a.ask(HOST_OF[family], 8082).reply == "c"
    assert web.a.ask(HOST_OF[family], 8090).reply == "neighbour"


def test_everything_may_be_denied(web, family):
    """Even then the host and the outside get answers, and neighbours find each other."""
    every_address = ["0.0.0.0/0", "::/0"]
    assert web.set(deny_destinations=every_address)["forwarding"][0]["deny_destinations"] == every_address
    assert not web.set(deny_destinations=every_address)["changed"]
    web.host.run("ip neigh flush dev web")
    web.a.run("ip neigh flush all")
    for address in (NEIGHBOUR_OF[family], INTERNET_OF[family], WEB.gateway(family)):
        assert not pings(web.a, address)
    assert refuses(web.a, HOST_OF[family], 8082)
    assert web.host.ask(WEB.address(family, 2), 80).reply == "a"
    assert web.lan.ask(HOST_OF[family], 8080).reply == "a"


def test_a_long_list_is_read_back_and_a_rule_that_is_gone_is_drift(web, family):
    many = ["10.%d.0.0/16" % number for number in range(100, 160)] + ["fd00:%x::/48" % n for n in range(4096, 4156)]
    web.set(deny_destinations=many)
    assert not web.set(deny_destinations=list(reversed(many)))["changed"]
    assert drop_rules(web.host, family, "filter", ["hostnet deny web", {4: "10.120.0.0", 6: "fd00:1010:"}[family]])
    done = web.set(deny_destinations=many)
    assert done["actions"]
    assert not web.set(deny_destinations=many)["changed"]
