# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network declared on a whole system is there, and packets pass."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

# Not http.server's own server: that asks the DNS for its name first, and there is none in here.
SERVER = (
    "python3 -u -c 'import http.server, socketserver; socketserver.TCPServer.allow_reuse_address = True; "
    'socketserver.ThreadingTCPServer(("", 80), http.server.SimpleHTTPRequestHandler).serve_forever()\''
)
CONTAINERS = {"container-a": "10.20.0.2", "container-b": "10.20.0.3"}


@pytest.fixture(scope="module", autouse=True)
def servers(host):
    """A web server in each container, as any unit of systemd would join the namespace."""
    for name in CONTAINERS:
        host.run_expect(
            [0],
            f"mkdir -p /srv/{name} && echo {name} > /srv/{name}/index.html && "
            f"systemd-run --collect --unit=web-{name} --property=NetworkNamespacePath=/run/netns/{name} "
            f"--working-directory=/srv/{name} {SERVER}",
        )
        host.run_expect([0], retry("ip netns exec %s curl -sf http://127.0.0.1/" % name))
    yield
    for name in CONTAINERS:
        host.run("systemctl stop web-%s" % name)


@pytest.fixture(scope="module")
def neighbour(host):
    """A neighbour on the LAN of this host: a function that runs a command there."""
    host.run_expect(
        [0],
        "ip netns add lan && ip link add lan0 type veth peer name eth0 netns lan && "
        "ip address add 192.0.2.1/24 dev lan0 && ip link set lan0 up && "
        "ip -n lan address add 192.0.2.2/24 dev eth0 && ip -n lan link set eth0 up && ip -n lan link set lo up && "
        "ip address add 2001:db8:1::1/64 dev lan0 nodad && ip -n lan address add 2001:db8:1::2/64 dev eth0 nodad",
    )
    yield lambda command: host.run("ip netns exec lan " + command)
    host.run("ip link del lan0; ip netns del lan")


def retry(command):
    """A command of the shell that is tried until it works, for up to five seconds."""
    return "for i in $(seq 50); do %s && exit; sleep 0.1; done; exit 1" % command


def test_the_bridge_is_up_with_its_address(host):
    bridge = host.interface("br-web")
    assert bridge.exists
    assert "10.20.0.1" in bridge.addresses
    assert json.loads(host.check_output("ip -j link show br-web"))[0]["operstate"] == "UP"


@pytest.mark.parametrize("name,address", CONTAINERS.items())
def test_a_container_has_its_namespace_and_address(host, name, address):
    assert host.file("/run/netns/" + name).exists
    assert "inet %s/24" % address in host.check_output("ip -n %s address show eth0", name)
    assert "default via 10.20.0.1" in host.check_output("ip -n %s route", name)


@pytest.mark.parametrize("port,name", [(8888, "container-a"), (9999, "container-b")])
@pytest.mark.parametrize("address", ["127.0.0.1", "10.20.0.1"])
def test_a_published_port_answers_on_the_host(host, address, port, name):
    assert host.check_output("curl -sf -m 5 http://%s:%s/", address, str(port)) == name


@pytest.mark.parametrize("port,name", [(8888, "container-a"), (9999, "container-b")])
def test_a_published_port_answers_to_a_neighbour_and_keeps_its_address(host, neighbour, port, name):
    assert neighbour("curl -sf -m 5 http://192.0.2.1:%d/" % port).stdout.strip() == name
    assert "192.0.2.2" in host.check_output("journalctl --unit=web-%s --no-pager --output=cat", name)


def test_a_neighbour_reaches_nothing_else(neighbour):
    neighbour("ip route replace 10.20.0.0/24 via 192.0.2.1")
    assert neighbour("curl -sf -m 1 http://10.20.0.2/").rc != 0


def test_a_container_reaches_itself_and_the_other_by_the_host(host):
    for port, name in ((8888, "container-a"), (9999, "container-b")):
        asked = host.run("ip netns exec container-a curl -sf -m 5 http://10.20.0.1:%d/" % port)
        assert asked.stdout.strip() == name


def test_containers_go_out_with_the_address_of_the_host(host, neighbour):
    host.run_expect(
        [0],
        "systemd-run --collect --unit=outside --property=NetworkNamespacePath=/run/netns/lan "
        f"--working-directory=/srv {SERVER}",
    )
    host.run_expect([0], retry("ip netns exec lan curl -s -o /dev/null http://127.0.0.1/"))
    host.run_expect([0], "ip netns exec container-a curl -s -o /dev/null -m 5 http://192.0.2.2/from-a")
    lines = host.check_output("journalctl --unit=outside --no-pager --output=cat").splitlines()
    host.run("systemctl stop outside")
    assert {line.split()[0] for line in lines if "from-a" in line} == {"192.0.2.1"}


def test_masquerade_and_forwarding_are_on(host):
    assert "MASQUERADE" in host.check_output("iptables-save -t nat")
    assert host.sysctl("net.ipv4.ip_forward") == 1


PROXY = "hostnet-proxy-tcp-7777"


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]", "[2001:db8:1::1]", "192.0.2.1", "10.20.0.1"])
def test_a_port_with_a_proxy_answers_on_every_address_of_the_host(host, neighbour, address):
    assert host.check_output("curl -sfg -m 5 http://%s:7777/", address) == "container-a"


@pytest.mark.parametrize(("address", "seen"), [("[2001:db8:1::1]", "10.20.0.1"), ("192.0.2.1", "192.0.2.2")])
def test_a_neighbour_reaches_it_by_either_family(host, neighbour, address, seen):
    asked = neighbour("curl -sfg -m 5 http://%s:7777/from-the-neighbour" % address)
    assert asked.rc == 22, "the server knows no such page, and says so"
    lines = host.check_output("journalctl --unit=web-container-a --no-pager --output=cat").splitlines()
    assert [line.split()[0] for line in lines if "from-the-neighbour" in line][-1] == seen


def test_the_proxy_runs_without_rights_and_holds_no_packet_of_others(host):
    user, capabilities = host.check_output(
        "p=$(systemctl show --property=MainPID --value %s.service) && "
        "stat -c %%u /proc/$p && sed -n 's/^CapEff:\\t//p' /proc/$p/status" % PROXY
    ).split()
    assert int(user) >= 61184, "a user that systemd made for it alone"
    assert int(capabilities, 16) == 0
    assert "7777" not in host.check_output("iptables-save -t nat | grep -v -- '! -d 127.0.0.0/8' || true")


def test_a_socket_that_somebody_stopped_is_drift_and_listens_again_after_the_next_run(host):
    host.run_expect([0], "systemctl stop %s.socket %s.service" % (PROXY, PROXY))
    assert host.run("curl -sfg -m 5 'http://[::1]:7777/'").rc != 0
    assert "start proxy for tcp 7777 on 127.0.0.1 and [::]" in published("present")
    assert host.check_output("curl -sfg -m 5 'http://[::1]:7777/'") == "container-a"


def test_a_withdrawn_port_leaves_no_proxy(host):
    assert "stop proxy for tcp 7777 on 127.0.0.1 and [::]" in published("absent")
    assert host.check_output("systemctl list-units --all --plain --no-legend 'hostnet-proxy-*'") == ""
    assert host.check_output("ls -A /run/systemd/system | grep hostnet-proxy || true") == ""
    assert host.run("curl -sfg -m 5 'http://[::1]:7777/'").rc != 0
    # As it was, so that these tests can run again.
    assert "publish tcp 7777" in published("present")


def published(state):
    """Publish as converge.yml does, or withdraw; return what the module says."""
    options = {"owner": "proxied", "host_port": 7777, "container_ip": "10.20.0.2", "container_port": 80}
    return module("port_publish", {**options, "loopback": "proxy", "state": state})


DNS = "hostnet-dns-named.service"
NAMED = {"name": "named", "subnets": ["10.40.0.0/24"], "dns": True}
# Asks for the address of a name by DNS alone, and prints the code and the address.
QUERY = """
import socket, sys
name = b"".join(bytes([len(label)]) + label.encode() for label in sys.argv[1].split(".")) + bytes(1)
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.settimeout(0.5)
asker.connect(("10.40.0.1", 53))
asker.send(bytes([1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]) + name + bytes([0, 1, 0, 1]))
reply = asker.recv(512)
print(reply[3] & 15, socket.inet_ntoa(reply[-4:]) if reply[7] else "-")
"""
NO_SUCH_NAME = "3 -"


def ask(host, name, netns="container-c"):
    """Ask the DNS server of the network from one of its containers."""
    return host.run("ip netns exec %s python3 -c %s %s", netns, QUERY, name).stdout.strip()


def with_containers(*names):
    """Declare the network with these containers; return what the module says."""
    return module("network", {**NAMED, "containers": [{"name": name} for name in names]})


def test_a_dns_server_answers_for_the_names_of_its_network(host):
    assert ask(host, "container-d") == "0 10.40.0.3"
    assert ask(host, "nobody") == NO_SUCH_NAME
    assert "nameserver 10.40.0.1" in host.check_output("ip netns exec container-c cat /etc/resolv.conf")
    assert ask(host, "container-d", netns="container-a") == "", "it is of another network"


def test_the_dns_server_has_the_right_to_its_port_and_no_other(host):
    user, capabilities = host.check_output(
        "p=$(systemctl show --property=MainPID --value %s) && "
        "stat -c %%u /proc/$p && sed -n 's/^CapEff:\\t//p' /proc/$p/status" % DNS
    ).split()
    assert int(user) >= 61184, "a user that systemd made for it alone"
    assert int(capabilities, 16) == 1 << 10


def test_the_same_dns_server_learns_and_forgets_names(host):
    running = host.check_output("systemctl show --property=MainPID --value " + DNS)
    with_containers("container-c", "container-e")
    assert ask(host, "container-e") == "0 10.40.0.3"
    assert ask(host, "container-d") == NO_SUCH_NAME
    with_containers("container-c", "container-d")
    assert ask(host, "container-d") == "0 10.40.0.3"
    assert host.check_output("systemctl show --property=MainPID --value " + DNS) == running


def test_a_dns_server_that_somebody_stopped_starts_with_the_next_run(host):
    host.run_expect([0], "systemctl stop " + DNS)
    assert ask(host, "container-d") == ""
    assert "start DNS server of network named" in with_containers("container-c", "container-d")
    assert ask(host, "container-d") == "0 10.40.0.3"


def test_a_network_that_goes_leaves_no_dns_server(host):
    assert "stop DNS server of network named" in module("network", {"name": "named", "state": "absent"})
    assert host.check_output("systemctl list-units --all --plain --no-legend 'hostnet-dns-*'") == ""
    assert host.check_output("ls -A /run/systemd/system | grep hostnet-dns || true") == ""
    # The chain itself stays: it keeps containers of the other network to addresses of their own.
    assert "hostnet dns" not in host.check_output("iptables-save")
    assert not host.file("/etc/hostnet/dns").exists
    # As it was, so that these tests can run again.
    with_containers("container-c", "container-d")


def test_other_network_managers_are_kept_away(host):
    """No udev runs in a guest: that the files are there and udev reads them without complaint is what can be seen."""
    rule = host.file("/etc/udev/rules.d/80-hostnet.rules")
    network = host.file("/etc/systemd/network/05-hostnet.network")
    group = host.check_output("cat /sys/class/net/br-web/netdev_group").strip()
    assert 'ATTR{netdev_group}=="%s"' % group in rule.content_string
    assert "Property=HOSTNET=1" in network.content_string
    assert "Unmanaged=yes" in network.content_string


def module(name, options):
    """Run a module as converge.yml does; return what it says."""
    inventory = os.environ["MOLECULE_INVENTORY_FILE"]
    command = ["ansible", "all", "-i", inventory, "-m", "hostnet.containers." + name, "-a", json.dumps(options)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
