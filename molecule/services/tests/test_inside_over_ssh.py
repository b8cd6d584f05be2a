# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible inside containers over SSH: the inventory names them, and modules and facts are those of their networks.

The SSH server is started by the connection itself in the guest, so that the test needs no network to it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GUESTS = Path(__file__).resolve().parents[3] / ".cache" / "guests"
NETWORK = {
    "name": "web",
    "subnets": ["10.20.0.0/24"],
    "containers": [
        {"name": "container-a", "addresses": ["10.20.0.2"], "ports": ["8888:80"]},
        {"name": "container-b", "netns": "of-b", "addresses": ["10.20.0.3"]},
    ],
}
# As a user writes it; the names of the facts and of the services are those of the containers.
PLAY = """
- hosts: web_containers
  gather_facts: false
  tasks:
    - name: Gather facts
      ansible.builtin.setup:
        gather_subset: [network]

    - name: They are those of the container
      ansible.builtin.assert:
        that:
          - ansible_facts.default_ipv4.address == hostnet_addresses[0]
          - ansible_facts.default_ipv4.gateway == '10.20.0.1'
          - ansible_facts.all_ipv4_addresses == hostnet_addresses
          - ansible_facts.interfaces | sort == ['eth0', 'lo']

    - name: Wait for a port of the container's own loopback
      ansible.builtin.wait_for:
        host: 127.0.0.1
        port: 80
        timeout: 20
      when: hostnet_container == 'container-a'

    - name: Ask another container by its name
      ansible.builtin.uri:
        url: http://container-a/
      when: hostnet_container == 'container-b'

    - name: Nobody serves here
      ansible.builtin.wait_for:
        host: 127.0.0.1
        port: 80
        state: stopped
        timeout: 2
      when: hostnet_container == 'container-b'
"""


@pytest.fixture
def inventory(host, tmp_path):
    """The guest reached by SSH, and the source that names its containers."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    public = (tmp_path / "key.pub").read_text(encoding="ascii").strip()
    host.run_expect(
        [0],
        "install -d -m 700 /root/.ssh && echo %s > /root/.ssh/authorized_keys && install -d /run/sshd",
        public,
    )
    pid = (GUESTS / "hostnet-services" / "pid").read_text(encoding="ascii").strip()
    leader = Path("/proc/%s/task/%s/children" % (pid, pid)).read_text(encoding="ascii").split()[0]
    proxy = "nsenter --target %s --all --root --wd /usr/sbin/sshd -i" % leader
    words = ["ProxyCommand='%s'" % proxy, "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"]
    variables = {
        "ansible_connection": "ssh",
        "ansible_host": "192.0.2.1",
        "ansible_user": "root",
        "ansible_python_interpreter": "/usr/bin/python3",
        "ansible_ssh_private_key_file": str(key),
        "ansible_ssh_common_args": " ".join("-o " + word for word in words),
        "hostnet_networks": [NETWORK],
    }
    folder = tmp_path / "inventory"
    folder.mkdir()
    (folder / "hosts.yml").write_text(json.dumps({"all": {"hosts": {"guest": variables}}}), encoding="utf-8")
    (folder / "zz_containers.yml").write_text("plugin: hostnet.containers.containers\n", encoding="utf-8")
    (tmp_path / "play.yml").write_text(PLAY, encoding="utf-8")
    return folder


@pytest.mark.parametrize("pipelining", ["1", "0"])
def test_modules_and_facts_are_those_of_the_containers(inventory, tmp_path, pipelining):
    settings = {"ANSIBLE_PIPELINING": pipelining, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_SSH_CONTROL_PATH_DIR": str(tmp_path)}
    told = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(inventory), str(tmp_path / "play.yml")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **settings},
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "container-a.guest" in told.stdout and "container-b.guest" in told.stdout
