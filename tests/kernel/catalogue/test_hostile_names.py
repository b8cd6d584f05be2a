# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names and other values with the syntax of shells, rules and paths reach neither.

The last tests let such values past the check by hand, and show what they would then do.
"""

from __future__ import annotations

import re

import pytest
from networks import WEB, make

from hosts import module_run

HOSTILE = [
    "a;touch /run/pwned",
    "$(touch /run/pwned)",
    "`touch /run/pwned`",
    "a|b",
    "a&b",
    "a\n-A FORWARD -j ACCEPT",
    'a" -j ACCEPT',
    "a' b",
    "-j ACCEPT",
    "--help",
    "../../etc/x",
    "a/b",
    "a b",
    "ä",
    "a\0b",
    "",
    ".",
    "..",
    "%s%n",
    "sixteen-letters-",
]
PORT = {"host_port": 9000, "container_ip": WEB.address(4, 2)}
PLACES = [
    ("netns", {}, "name"),
    ("netns", {"name": "x"}, "owner"),
    ("bridge", {}, "name"),
    ("bridge", {"name": "x"}, "members"),
    ("veth_pair", {}, "netns"),
    ("veth_pair", {"netns": "a"}, "name"),
    ("veth_pair", {"netns": "a"}, "peer"),
    ("veth_pair", {"netns": "a"}, "bridge"),
    ("veth_pair", {"netns": "a"}, "mac"),
    ("forwarding", {}, "bridge"),
    ("forwarding", {"bridge": "web"}, "owner"),
    ("masquerade", {}, "source"),
    ("masquerade", {"source": "10.20.0.0/24"}, "out_interface"),
    ("masquerade", {"source": "10.20.0.0/24"}, "to_source"),
    ("masquerade", {"source": "10.20.0.0/24"}, "owner"),
    ("port_publish", PORT, "owner"),
    ("port_publish", PORT, "bridge"),
    ("port_publish", PORT, "host_ip"),
    ("port_publish", PORT, "protocol"),
    ("port_publish", PORT, "container_port"),
    ("port_publish", PORT, "allowed_sources"),
]
LISTS = ("members", "allowed_sources")
# Other names than those of interfaces may be longer.
LONG = "sixteen-letters-"
MAY_BE_LONG = (("netns", "name"), ("veth_pair", "netns"))


@pytest.fixture(scope="module")
def host(iptables_backend):
    """A host with a network, which must look the same after every test."""
    from hosts import Host

    with Host(iptables_backend) as fresh:
        make(fresh, WEB, ["a"])
        fresh.remember()
        yield fresh
        assert fresh.leaks() == []
        assert "pwned" not in fresh.run("ls /run /").stdout


@pytest.mark.parametrize(("module", "options", "option"), PLACES, ids=["%s-%s" % (m, o) for m, _options, o in PLACES])
def test_a_hostile_value_is_one_clear_error(host, module, options, option):
    may_be_long = option == "owner" or (module, option) in MAY_BE_LONG
    for value in [value for value in HOSTILE if not (value == LONG and may_be_long)]:
        message = host.module_fails(module, **{**options, option: [value] if option in LISTS else value})
        assert "Traceback" not in message
        assert option in message, (value, message)


def test_a_hostile_sysctl_is_one_clear_error(host):
    for key in ("net.ipv4.../../kernel/core_pattern", "kernel.core_pattern", "net/../kernel/core_pattern", "net", ""):
        assert "sysctl" in host.module_fails("netns", name="x", sysctls={key: "1"})
    assert "sysctl" in host.module_fails("netns", name="x", sysctls={"net.ipv4.ip_forward": "1\n2"})


def _unchecked(options):
    """Run the module that publishes ports with no check of names, as if there were none."""
    from ansible_collections.hostnet.containers.plugins.module_utils.declare import name

    name._NAME, name.OBJECT_BYTES = re.compile(r"(?s).*"), 1000
    return module_run.run("port_publish", options, False, False)


def test_without_the_check_an_owner_writes_rules_of_his_own(lab):
    """The very value that the first test shows to be refused opens the host's firewall."""
    make(lab.host, WEB, ["a"])
    value = 'a"\n-A HOSTNET-USER -j ACCEPT\n#"'
    options = dict(PORT, owner=value)
    assert "owner" in lab.host.module_fails("port_publish", **options)
    assert "-A HOSTNET-USER -j ACCEPT" not in lab.host.run("iptables-save").stdout
    module_run.warm_up("port_publish")
    lab.host.python(_unchecked, options)
    assert "-A HOSTNET-USER -j ACCEPT" in lab.host.run("iptables-save").stdout


def test_no_value_passes_a_shell_even_without_the_check(lab):
    """Programs are started without one: the second wall, should the first fall."""
    make(lab.host, WEB, ["a"])
    module_run.warm_up("port_publish")
    for value in ("$(touch /run/pwned)", "`touch /run/pwned`", "a;touch /run/pwned"):
        lab.host.python(_unchecked, dict(PORT, owner=value))
    assert "pwned" not in lab.host.run("ls /run").stdout
