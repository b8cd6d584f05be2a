# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/from-docker.md: each declaration on it does what its text says, and no option of Docker is missing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from hosts.lab import HOST, INTERNET

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "from-docker.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
# Of `docker run`, those that are about the network.
ABOUT_NETWORKS = re.compile(
    r"--(?:add-host|dns\S*|domainname|expose|hostname|ip6?|link\S*|mac-address|network\S*|publish\S*|sysctl)$"
)


def apply(host, section):
    """Run the declarations of a section, each twice; the second run changes nothing."""
    for block in re.findall(r"```yaml\n(.*?)```", SECTIONS[section], re.DOTALL):
        for task in yaml.safe_load(block):
            ((name, options),) = task.items()
            module = name.rpartition(".")[2]
            host.module(module, **options)
            assert not host.module(module, **options)["changed"]


def test_every_section_with_a_declaration_has_a_test():
    tested = [section for section, text in SECTIONS.items() if "```yaml" in text]
    assert tested == list(CHECKS)


def publishes(lab):
    a = lab.host.container("container-a")
    a.serve_tcp(80, "I am a")
    assert lab.lan.ask(HOST, 8888).reply == "I am a"
    assert "default via 10.20.0.254 " in a.run("ip route").stdout


def several_networks(lab):
    a, db = lab.host.container("container-a"), lab.host.container("db")
    assert (a.addresses(), a.addresses("eth1")) == (["10.20.0.5/24"], ["10.30.0.5/24"])
    assert a.run("ip -j link show eth0").json[0]["address"] == "02:42:0a:14:00:77"
    lab.internet.serve_tcp(80)
    db.serve_tcp(80, "I am the database")
    name = a.run("getent ahostsv4 database").stdout.split()[0]
    assert a.ask(name, 80).client == "10.30.0.5"
    assert a.can_reach(INTERNET, 80) and not db.can_reach(INTERNET, 80)


def ports(lab):
    a = lab.host.container("container-a")
    for port in (80, 443, 8005):
        a.serve_tcp(port, str(port))
    a.serve_udp(53, "53")
    assert [lab.lan.ask(HOST, port).reply for port in (8888, 8005)] == ["80", "8005"]
    assert lab.lan.ask(HOST, 5353, "udp").reply == "53"
    assert lab.host.ask("127.0.0.1", 8443).reply == "443"
    assert not lab.lan.can_reach(HOST, 8443)


def ranges(lab):
    a = lab.host.container("container-a")
    assert a.addresses() == ["10.20.0.128/24", "fd00:20::2/64"]
    assert a.run("ip -j link show eth0").json[0]["mtu"] == 1400
    assert lab.host.run("ip -j link show br0").json[0]["mtu"] == 1400


def settings(lab):
    a = lab.host.container("container-a")
    shown = a.run("cat /etc/resolv.conf").stdout.splitlines()
    assert {"nameserver 192.0.2.53", "search example.com", "options ndots:2"} <= set(shown)
    assert a.run("sysctl -n net.core.somaxconn").stdout.strip() == "512"


def closed(lab):
    a, b = lab.host.container("container-a"), lab.host.container("container-b")
    b.serve_tcp(80)
    lab.internet.serve_tcp(80)
    assert lab.host.can_reach("10.20.0.3", 80) and not a.can_reach("10.20.0.3", 80)
    assert a.ask(INTERNET, 80).client == HOST


def removed(lab):
    assert lab.host.namespaces() == ["alone"]
    assert lab.host.container("alone").run("ip -j link").json[0]["ifname"] == "lo"


CHECKS = {
    "A network and a container with a published port": publishes,
    "Addresses, names and several networks": several_networks,
    "Ports": ports,
    "IPv6, MTU, a bridge of a certain name, and addresses that are not given out": ranges,
    "Name servers and settings of the kernel": settings,
    "Containers that may not talk to each other, and one way out": closed,
    "No network, and removal": removed,
}


@pytest.mark.parametrize("section", list(CHECKS))
def test_a_declaration_does_what_the_page_says(lab, section):
    if section == "No network, and removal":
        apply(lab.host, "Ports")
    apply(lab.host, section)
    CHECKS[section](lab)


@pytest.mark.skipif(shutil.which("docker") is None, reason="the package docker.io is not installed")
@pytest.mark.parametrize(
    "command, section",
    [(["network", "create"], "Options of `docker network create`"), (["run"], "Options of `docker run`")],
)
def test_no_option_of_docker_is_missing(host, command, section):
    told = host.run(["docker", *command, "--help"]).stdout
    options = re.findall(r"^ +(?:-\w, )?(--[a-z0-9-]+)", told, re.MULTILINE)
    if command == ["run"]:
        options = [option for option in options if ABOUT_NETWORKS.fullmatch(option)]
    named = re.findall(r"--[a-z0-9-]+", SECTIONS[section])
    assert [option for option in options if option not in named] == []
    rows = [line for line in SECTIONS[section].splitlines() if line.startswith("|")][2:]
    assert rows == [row for row in rows if re.fullmatch(r"\| [^|]+ \| [^|]+ \|", row)]
