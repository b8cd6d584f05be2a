# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports with ``loopback: proxy`` on the real kernel. A stand-in for systemctl notes what it is asked to do.

That systemd does it, and that packets pass, the tests of whole hosts show.
"""

from __future__ import annotations

import os

import pytest
from networks import FAMILIES, WEB, make

from hosts import ModuleFailed, module_run

FOLDER = "/run/systemd/system"
# Keeps the names of active sockets in one file, and notes every call in another.
SYSTEMCTL = """#!/bin/sh
cd /run/stand-in
echo "$*" >>calls
verb=$1; shift
case $verb in
    list-units) sed 's/$/ loaded active listening/' active ;;
    stop) for name; do sed -i "/^$name\\$/d" active; done ;;
    start) if [ -e refuse ]; then echo "Job failed." >&2; exit 1; fi; for name; do echo "$name" >>active; done ;;
esac
"""


@pytest.fixture
def host_with_systemd(host):
    """A host with a network of one container; `systemctl` is a stand-in."""
    host.python(_pretend)
    make(host, WEB, ["a"])
    host.remember()
    return host


def _pretend():
    os.makedirs(FOLDER)
    os.makedirs("/run/stand-in/bin")
    open("/run/stand-in/active", "w", encoding="ascii").close()
    with open("/run/stand-in/bin/systemctl", "w", encoding="ascii") as file:
        file.write(SYSTEMCTL)
    os.chmod("/run/stand-in/bin/systemctl", 0o755)


def _run_with_stand_in(run, module, options, check):
    os.environ["PATH"] = "/run/stand-in/bin:" + os.environ["PATH"]
    return run(module, options, check, False)


def proxied(host, check=False, **options):
    """Run port_publish with a proxy."""
    module_run.warm_up("port_publish")
    given = {"container_ip": WEB.address(4, 2), "loopback": "proxy", **options}
    result = host.python(_run_with_stand_in, module_run.run, "port_publish", given, check)
    if result.get("failed"):
        raise ModuleFailed(result["msg"])
    return result


def units(host):
    return sorted(host.run(["ls", FOLDER]).stdout.split())


def calls(host):
    """What systemctl was asked to do since the last time."""
    found = host.run(["cat", "/run/stand-in/calls"]).stdout.splitlines()
    host.run(["rm", "/run/stand-in/calls"])
    return [line for line in found if not line.startswith("list-units")]


def leaks(host):
    return [line for line in host.leaks() if "/run/stand-in/" not in line]


@pytest.mark.parametrize("family", FAMILIES)
def test_without_systemd_the_remedy_is_another_way_and_nothing_changes(host, family):
    make(host, WEB, ["a"])
    before = host.snapshot()
    for check in (False, True):
        options = {"host_port": 8080, "container_ip": WEB.address(family, 2), "loopback": "proxy"}
        message = host.module_fails("port_publish", check=check, **options)
        assert "loopback: proxy needs systemd" in message
        assert "choose loopback: route_localnet" in message
    assert host.leaks(before) == []


@pytest.mark.parametrize("protocol", ["udp", "sctp"])
def test_proxies_serve_tcp_only(host_with_systemd, protocol):
    with pytest.raises(ModuleFailed, match="loopback: proxy serves tcp only and not %s" % protocol):
        proxied(host_with_systemd, host_port=8080, protocol=protocol)
    assert leaks(host_with_systemd) == []


def test_many_proxies_cost_one_reload_and_go_without_a_trace(host_with_systemd):
    host = host_with_systemd
    foretold = proxied(host, host_port="8000-8019", check=True)
    assert units(host) == []
    done = proxied(host, host_port="8000-8019")
    assert done["actions"] == foretold["actions"]
    assert sum(line.startswith("start proxy for tcp") for line in done["actions"]) == 20
    assert len(units(host)) == 40
    assert [line.split()[0] for line in calls(host)] == ["stop", "daemon-reload", "reset-failed", "start"]
    again = proxied(host, host_port="8000-8019")
    assert (again["changed"], again["diff"]) == (False, {"before": {}, "after": {}})
    assert host.run("stat -c %a " + FOLDER + "/hostnet-proxy-tcp-8000.socket").stdout == "644\n"
    proxied(host, host_port="8000-8019", state="absent")
    assert units(host) == []
    assert calls(host)[0].startswith("stop hostnet-proxy-tcp-8000.socket hostnet-proxy-tcp-8000.service ")
    assert host.run("cat /run/stand-in/active").stdout == ""
    assert leaks(host) == []


def test_loopback_addresses_are_not_translated(host_with_systemd):
    host = host_with_systemd
    proxied(host, host_port=8080)
    host.serve_tcp(8080, "the proxy", address="127.0.0.1")
    host.serve_tcp(8080, "the proxy", address="::1")
    host.container("a").serve_tcp(8080, "a")
    assert host.ask("127.0.0.1", 8080).reply == "the proxy"
    assert host.ask("::1", 8080).reply == "the proxy"
    assert host.ask(WEB.gateway(4), 8080).reply == "a"
    assert "route_localnet" not in " ".join(host.leaks())


def test_only_what_differs_is_stopped_and_started(host_with_systemd):
    host = host_with_systemd
    proxied(host, ports=["8080:80", "8081:80"])
    calls(host)
    done = proxied(host, ports=["8080:80", "8081:81"])
    assert "change proxy for tcp 8081 on 127.0.0.1 and [::]" in done["actions"]
    assert not [line for line in calls(host) if "8080" in line]
    host.run("sed -i /8080/d /run/stand-in/active")
    done = proxied(host, ports=["8080:80", "8081:81"])
    assert done["actions"] == ["start proxy for tcp 8080 on 127.0.0.1 and [::]"]
    assert not [line for line in calls(host) if "8081" in line]


def test_a_socket_that_cannot_be_had_takes_all_back(host_with_systemd):
    host = host_with_systemd
    proxied(host, host_port=8080)
    before = host.snapshot()
    host.run("touch /run/stand-in/refuse")
    with pytest.raises(ModuleFailed, match="start hostnet-proxy-tcp-9090.socket failed: Job failed"):
        proxied(host, host_port=9090)
    assert [line for line in host.leaks(before) if "stand-in" not in line] == []
    assert host.run("cat /run/stand-in/active").stdout == "hostnet-proxy-tcp-8080.socket\n"


def test_the_sockets_of_our_proxies_are_nobody_s_but_those_of_others_are_named(host_with_systemd):
    host = host_with_systemd
    proxied(host, host_port=8080)
    host.serve_tcp(8080, "the proxy", address="127.0.0.1")
    host.run("iptables -t nat -F")
    done = proxied(host, host_port=8080)
    assert "publish tcp 8080 -> 10.20.0.2:8080 loopback=proxy" in done["actions"]
    host.serve_tcp(9090, "somebody else", address="::1")
    with pytest.raises(ModuleFailed, match="host_port 9090 .tcp. is in use by process"):
        proxied(host, host_port=9090)


def test_a_killed_run_is_completed_by_the_next(host_with_systemd):
    """At whatever moment a run ends, what it wrote does not listen yet, or is what the next run would write."""
    host = host_with_systemd
    proxied(host, host_port=8080)
    complete = {name: host.run(["cat", "%s/%s" % (FOLDER, name)]).stdout for name in units(host)}
    for damage in ("rm %s/hostnet-proxy-tcp-8080.socket", "rm %s/hostnet-proxy-tcp-8080.service"):
        host.run(damage % FOLDER)
        host.run("sed -i /8080/d /run/stand-in/active")
        assert proxied(host, host_port=8080)["changed"]
        assert {name: host.run(["cat", "%s/%s" % (FOLDER, name)]).stdout for name in units(host)} == complete
        assert not proxied(host, host_port=8080)["changed"]


def test_containers_that_may_open_published_ports_may_open_those_of_proxies(host_with_systemd):
    """On IPv6 the host itself serves an IPv4 container's port. A denied one is not reached in this way, either."""
    host, gateway = host_with_systemd, WEB.gateway(6)
    proxied(host, host_port=8888)
    host.serve_tcp(8888, "proxy")
    host.serve_tcp(7000, "the host's own")
    a = host.container("a")

    def opened(**policy):
        host.python(_run_with_stand_in, module_run.run, "forwarding", {"bridge": "web", **policy}, False)
        return [port for port in (8888, 7000) if a.can_reach(gateway, port, timeout=0.3)]

    module_run.warm_up("forwarding")
    assert opened() == [8888, 7000]
    assert opened(host_access="published") == [8888]
    assert opened(host_access="none") == []
    assert opened(deny_destinations=[WEB.subnet(4)]) == [7000]
