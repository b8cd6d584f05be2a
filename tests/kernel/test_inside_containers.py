# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible inside a container: the inventory plugin names the declared containers, the become plugin enters them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = {
    "name": "web-1",
    "subnets": ["10.20.0.0/24"],
    "containers": [{"name": "a", "ports": ["8888:80"]}, {"name": "b", "netns": "bb", "networks": ["back"]}],
}
BACK = {"name": "back", "subnets": ["10.30.0.0/24"], "internal": True}


@pytest.fixture
def inventory(tmp_path):
    """A folder with one host that declares both networks, and the source that names its containers."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    hosts = {"all": {"hosts": {"one.example": {**local, "hostnet_networks": [WEB, BACK]}}}}
    (tmp_path / "hosts.yml").write_text(json.dumps(hosts), encoding="utf-8")
    (tmp_path / "zz_containers.yml").write_text("plugin: hostnet.containers.containers\n", encoding="utf-8")
    return tmp_path


def ansible(host, inventory, program, *arguments):
    """Run a program of Ansible on a throw-away host."""
    settings = {
        "ANSIBLE_COLLECTIONS_PATH": ROOT / ".dev",
        "ANSIBLE_HOME": inventory / "ansible",
        "HOME": inventory,
        "LC_ALL": "C.UTF-8",
    }
    given = ["%s=%s" % item for item in settings.items()]
    argv = ["env", *given, str(Path(sys.executable).parent / program), "-i", str(inventory), *arguments]
    return host.run(argv, check=False)


def test_the_declared_containers_are_hosts_of_the_inventory(host, inventory):
    listed = json.loads(ansible(host, inventory, "ansible-inventory", "--list").stdout)
    assert sorted(listed["hostnet_containers"]["hosts"]) == ["a.one.example", "b.one.example"]
    assert sorted(listed["web_1_containers"]["hosts"]) == ["a.one.example", "b.one.example"]
    assert listed["back_containers"]["hosts"] == ["b.one.example"]
    assert listed["_meta"]["hostvars"]["b.one.example"]["hostnet_netns"] == "bb"


def test_a_module_sees_the_network_of_its_container(host, inventory):
    host.module("network", networks=[WEB, BACK])
    for name, addresses in (("a.one.example", ["10.20.0.2"]), ("b.one.example", ["10.20.0.3", "10.30.0.2"])):
        told = ansible(host, inventory, "ansible", name, "-m", "ansible.builtin.command", "-a", "ip -o -4 address")
        assert told.rc == 0, told.stdout + told.stderr
        assert all(address in told.stdout for address in addresses)
        assert "10.20.0.1/" not in told.stdout


def test_a_name_that_is_not_a_namespace_gets_into_no_shell(host, inventory):
    host.module("network", networks=[WEB, BACK])
    evil = ["-e", json.dumps({"hostnet_netns": "a; touch /run/evil"})]
    told = ansible(host, inventory, "ansible", "a.one.example", "-m", "ansible.builtin.command", "-a", "true", *evil)
    assert told.rc != 0
    assert "is not the name of a namespace" in told.stdout + told.stderr
    assert host.run(["test", "-e", "/run/evil"], check=False).rc == 1
