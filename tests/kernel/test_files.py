# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files and the lock: what others put in their place, what containers write into theirs, and a full file system."""

from __future__ import annotations

import json
import os
import socket
import stat
import time

import pytest

RECORD = "/etc/hostnet/networks/web.json"
WEB = {"name": "web", "subnets": ["10.20.0.0/24", "fd00:20::/64"], "containers": [{"name": "a"}, {"name": "b"}]}
DB = {"name": "db", "subnets": ["10.30.0.0/24"], "containers": [{"name": "c"}]}


def _text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def _write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def read(host, path):
    return host.python(_text, path)


def write(host, path, content):
    host.python(_write, path, content)


# --- the lock -----------------------------------------------------------------------------------------


def _status(path):
    found = os.lstat(path)
    return stat.S_IMODE(found.st_mode), found.st_uid, stat.S_ISREG(found.st_mode)


def test_only_root_can_open_the_lock(host):
    host.module("netns", name="a")
    assert host.python(_status, "/run/hostnet")[0] == 0o700
    assert host.python(_status, "/run/hostnet/lock") == (0o600, 0, True)


def _held_by_a_user():
    """A user who had the lock of a former version open keeps it locked."""
    os.makedirs("/run/hostnet", mode=0o755, exist_ok=True)
    os.chmod("/run/hostnet", 0o777)
    with open("/run/hostnet/lock", "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o666)
        os.chown("/run/hostnet/lock", 65534, 65534)


def test_a_user_who_holds_a_former_lock_stops_nobody(host):
    host.python(_held_by_a_user)
    holder = host.start("setpriv --reuid=65534 --clear-groups flock -s /run/hostnet/lock sleep 1000")
    end = time.monotonic() + 5
    while time.monotonic() < end and host.run("flock -n /run/hostnet/lock true", check=False).rc == 0:
        time.sleep(0.05)
    host.module("netns", name="a", timeout=20)
    assert holder.poll() is None
    assert host.python(_status, "/run/hostnet/lock") == (0o600, 0, True)
    assert host.python(_status, "/run/hostnet")[0] == 0o700
    user = "setpriv --reuid=65534 --clear-groups flock -s /run/hostnet/lock true"
    assert host.run(user, check=False).rc != 0


def _socket(path):
    with socket.socket(socket.AF_UNIX) as found:
        found.bind(path)


PLANTED = {
    "link": lambda path: os.symlink("/etc/passwd", path),
    "dangling link": lambda path: os.symlink("/nowhere", path),
    "looping link": lambda path: os.symlink(path, path),
    "pipe": os.mkfifo,
    "socket": _socket,
    "folder": os.mkdir,
    "not UTF-8": lambda path: _write(path, b"\xff\xfe\x00" * 99),
    "empty file": lambda path: _write(path, b""),
}


def _plant(kind, path):
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    PLANTED[kind](path)


@pytest.mark.parametrize("kind", ["link", "dangling link", "looping link", "pipe", "socket"])
def test_what_lies_in_the_place_of_the_lock_is_removed_and_not_followed(host, kind):
    before = read(host, "/etc/passwd")
    host.python(_plant, kind, "/run/hostnet/lock")
    host.module("netns", name="a", timeout=20)
    assert host.python(_status, "/run/hostnet/lock") == (0o600, 0, True)
    assert read(host, "/etc/passwd") == before


@pytest.mark.parametrize("kind", ["link", "pipe", "empty file"])
def test_a_lock_folder_that_cannot_be_one_is_named(host, kind):
    host.python(_plant, kind, "/run/hostnet")
    assert "/run/hostnet cannot be used as a folder" in host.module_fails("netns", name="a", timeout=20)


def test_a_lock_folder_of_a_user_is_refused_by_name(host):
    host.run("sh -c 'mkdir /run/hostnet; chown 65534 /run/hostnet'")
    assert "/run/hostnet belongs to user 65534" in host.module_fails("netns", name="a")


# --- what others put there ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PLANTED)
def test_what_others_put_beside_ours_neither_misleads_nor_stops_a_run(host, kind):
    """No run may hang, either: opening a pipe would."""
    places = ["/run/netns/x", "/etc/netns/x/hosts", "/etc/netns/x/resolv.conf", "/etc/netns/y", "/etc/hostnet/dns/x"]
    places += ["/etc/hostnet/networks/x.json", "/etc/hostnet/networks/notes.txt", "/etc/hostnet/networks/x y.json"]
    places += ["/run/hostnet/forwarding-4", "/run/hostnet/forwarding-6", "/run/hostnet/namespaces/x", "/run/hostnet/x"]
    places += ["/etc/hostnet/hosts/x", "/etc/hostnet/local-names/x"]
    for place in places:
        if not (kind == "folder" and place.startswith("/run/hostnet/forwarding")):
            host.python(_plant, kind, place)
    foretold = host.module("network", check=True, timeout=20, **WEB)["actions"]
    assert host.module("network", timeout=20, **WEB)["actions"] == foretold
    assert not host.module("network", timeout=20, **WEB)["changed"]
    host.module("network_info", timeout=20)
    host.module("network", name="web", state="absent", timeout=20)
    assert host.python(os.path.lexists, "/run/netns/x")
    assert host.python(os.path.lexists, "/etc/netns/x/hosts")


@pytest.mark.parametrize("kind", sorted(set(PLANTED) - {"empty file"}))
def test_a_name_that_is_no_namespace_is_refused_before_anything_changes(host, kind):
    host.python(_plant, kind, "/run/netns/a")
    host.remember()
    assert "namespace a exists" in host.module_fails("netns", name="a", timeout=20)
    assert host.leaks() == []


@pytest.mark.parametrize("kind", sorted(set(PLANTED) - {"not UTF-8", "empty file"}))
@pytest.mark.parametrize("place", ["/etc/netns/a/hosts", "/etc/netns/a/resolv.conf"])
def test_what_lies_in_the_place_of_a_file_is_named_before_anything_changes(host, kind, place):
    before = read(host, "/etc/passwd")
    host.python(_plant, kind, place)
    host.remember()
    assert place in host.module_fails("network", timeout=20, **WEB)
    assert host.leaks() == []
    host.module("network", timeout=20, **DB)
    assert read(host, "/etc/passwd") == before


def test_a_folder_of_a_namespace_that_leads_elsewhere_is_not_written_into(host):
    host.run("mkdir /etc/elsewhere")
    host.run("ln -s /etc/elsewhere /etc/netns/a")
    assert "/etc/netns/a was not written" in host.module_fails("network", **WEB)
    assert host.run("ls /etc/elsewhere").stdout == ""


@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "link", "empty file"])
def test_a_source_that_is_no_namespace_is_refused(host, kind):
    host.python(_plant, kind, "/run/x")
    assert "/run/x has no network namespace" in host.module_fails("netns", name="a", path="/run/x", timeout=20)


# --- records ------------------------------------------------------------------------------------------

DAMAGE = {
    "nothing": (b"", "it is damaged"),
    "cut short": (b'{"name": "web", "subn', "it is damaged"),
    "zeros": (b"\0" * 300, "it is damaged"),
    "not UTF-8": (b"\xff" * 50, "it is damaged"),
    "nested": (b"[" * 100000, "it is damaged"),
    "a list": (b"[]", "it is damaged"),
    "newer": (b'{"version": 2, "name": "web", "pods": []}', "format 2 by another version"),
    "foreign": (b'{"kind": "Pod"}', "has no option kind"),
    "another": (b'{"version": 1, "name": "db", "subnets": ["10.9.0.0/24"]}', "it holds network db"),
    "wrong type": (b'{"version": 1, "name": "web", "subnets": 7}', "correct it, or remove it"),
    "wrong element": (b'{"name": "web", "subnets": ["10.20.0.0/24"], "containers": [7]}', "correct it, or remove it"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_record_stops_that_network_only(host, kind):
    content, reason = DAMAGE[kind]
    host.module("network", networks=[WEB, DB])
    server = host.container("a")
    server.serve_tcp(80, "I am a")
    names = read(host, "/etc/netns/a/hosts")
    write(host, RECORD, content)
    for check in (True, False):
        message = host.module_fails("network", check=check, **WEB)
        assert RECORD in message
        assert reason in message
    assert not host.module("network", **DB)["changed"]
    host.module("network", **dict(DB, containers=[{"name": "c"}, {"name": "d"}]))
    host.module("network", name="other", subnets=["10.40.0.0/24"])
    assert read(host, "/etc/netns/a/hosts") == names
    assert host.get("http://10.20.0.2").reply == "I am a"
    drift = host.module("network_info")["drift"]
    assert [(item["network"], RECORD in item["repair"][0]) for item in drift] == [("web", True)]
    message = host.module_fails("network", **dict(DB, containers=[{"name": "c", "networks": ["web"]}]))
    assert RECORD in message
    assert "remove record of network web" in host.module("network", name="web", state="absent")["actions"]
    host.module("network", networks=[{"name": "db", "state": "absent"}, {"name": "other", "state": "absent"}])
    assert host.leaks() == []


def test_a_record_bears_its_format_and_one_without_is_read(host):
    host.module("network", **WEB)
    record = json.loads(read(host, RECORD))
    assert record.pop("version") == 1
    write(host, RECORD, json.dumps(record))
    assert host.module("network_info")["networks"][0]["name"] == "web"
    assert host.module("network", **WEB)["actions"] == ["update record of network web"]
    assert not host.module("network", **WEB)["changed"]


def test_what_a_killed_run_left_half_written_goes_with_the_next(host):
    host.module("network", **WEB)
    places = ["/etc/hostnet/networks", "/etc/netns/a", "/etc/netns/b", "/run/hostnet"]
    for place in places:
        write(host, place + "/.hostnet-abc", b"half")
    assert not host.module("network", **WEB)["changed"]
    assert [place for place in places if host.python(os.path.exists, place + "/.hostnet-abc")] == []


# --- a full file system -------------------------------------------------------------------------------


def _fill(folder):
    """Write until nothing more fits."""
    with open(folder + "/filler", "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 512)
        except OSError:
            pass


def many(number):
    return dict(WEB, containers=[{"name": "container-%03d" % item} for item in range(number)])


@pytest.mark.parametrize("full", ["/etc/hostnet", "/etc/netns"])
def test_a_full_file_system_is_told_and_what_was_there_stays(host, full):
    host.run(["mkdir", "-p", full])
    host.run("mount -t tmpfs -o size=400k none %s" % full)
    host.module("network", **many(8))
    server = host.container("container-001")
    seen = server.start("tail -F /etc/hosts")
    paths = [RECORD, "/etc/netns/container-001/hosts", "/etc/netns/container-007/hosts"]
    before = [read(host, path) for path in paths]
    host.python(_fill, full)
    grown = dict(
        WEB,
        containers=[
            {"name": "container-%03d" % item, "hosts": ["x%050d" % n for n in range(item, item + 150)]}
            for item in (7, 1001)
        ],
    )
    grown["containers"] = [*many(7)["containers"], *grown["containers"][:1]]
    message = host.module_fails("network", **grown)
    assert "cannot write %s" % full in message
    assert "No space left on device" in message
    assert "free some space" in message
    assert "taking back" not in message
    assert [read(host, path) for path in paths] == before
    assert "\0" not in "".join(before)
    host.run("rm %s/filler" % full)
    host.module("network", **grown)
    assert not host.module("network", **grown)["changed"]
    seen.kill()


# --- names in containers ------------------------------------------------------------------------------


def looked_up(place, name):
    return place.run(["getent", "ahosts", name], check=False).stdout.split()[:1]


def test_a_container_changes_its_own_names_only_and_the_next_run_mends_them(host):
    host.module("network", **WEB)
    a, b = host.container("a"), host.container("b")
    right = read(host, "/etc/netns/a/hosts")
    for lie in (b"10.20.0.66 b\n", b"", b"-> /etc/shadow", b"-> /etc/hostnet/networks/web.json", b"\xff\x00" * 9):
        a.run(["python3", "-c", "open('/etc/hosts', 'wb').write(%r)" % lie])
        a.run(["python3", "-c", "open('/etc/resolv.conf', 'wb').write(%r)" % lie])
        assert looked_up(b, "a") == ["fd00:20::2"]
        assert b.run("cat /etc/hosts").stdout == right
        drift = host.module("network_info")["drift"]
        wanted = ["update names of network web in a", "update name servers of network web in a"]
        assert [item["repair"] for item in drift] == [wanted]
        done = host.module("network", **WEB)
        assert done["actions"] == wanted
        assert done["diff"]["before"] != done["diff"]["after"]
        assert read(host, "/etc/netns/a/hosts") == right
    a.run(["python3", "-c", "open('/etc/hosts', 'wb').write(b'mine')"])
    host.module("network", name="web", state="absent")
    assert host.leaks() == []


def test_a_failed_run_puts_nothing_where_a_container_pointed(host):
    host.module("network", **WEB)
    host.container("a").run(["python3", "-c", "open('/etc/hosts', 'wb').write(b'-> /etc/shadow')"])
    host.run("mount -t tmpfs -o size=4k none /etc/netns/b")
    host.python(_fill, "/etc/netns/b")
    assert "No space left" in host.module_fails("network", **WEB)
    assert not host.python(os.path.islink, "/etc/netns/a/hosts")


def test_names_of_a_former_version_move_into_files_of_their_own(host):
    host.module("network", **WEB)
    text = read(host, "/etc/netns/a/hosts")
    write(host, "/etc/hostnet/hosts/web", text)
    for name in "ab":
        host.run("ln -sf /etc/hostnet/hosts/web /etc/netns/%s/hosts" % name)
    host.module("network", **WEB)
    assert not host.python(os.path.islink, "/etc/netns/a/hosts")
    assert read(host, "/etc/netns/a/hosts") == text
    assert not host.python(os.path.exists, "/etc/hostnet/hosts")
    assert not host.module("network", **WEB)["changed"]


def test_a_container_on_many_networks_with_long_names(host):
    names = ["n%d-%s" % (number, "x" * 45) for number in range(6)]
    networks = [
        {"name": name, "bridge": "br%d" % number, "subnets": ["10.%d.0.0/24" % (50 + number)]}
        for number, name in enumerate(names)
    ]
    networks[0]["containers"] = [{"name": "a", "networks": names[1:]}]
    host.module("network", networks=networks)
    assert not host.module("network", networks=networks)["changed"]
    assert looked_up(host.container("a"), "a") == ["10.50.0.2"]


def test_own_name_and_localhost_are_always_known(host):
    back = {
        "name": "back",
        "subnets": ["10.5.0.0/24"],
        "containers": [{"name": "twin", "netns": "other", "hosts": ["a"]}],
    }
    web = dict(WEB, containers=[{"name": "a", "hosts": ["a.example"], "networks": ["back"]}, {"name": "b"}])
    host.module("network", networks=[web, back])
    a = host.container("a")
    assert looked_up(a, "localhost")[0] in ("::1", "127.0.0.1")
    assert looked_up(a, "a.example") == ["fd00:20::2"]
    own = a.run(["getent", "ahostsv4", "a"]).stdout.split()[0]
    assert own in a.addresses("eth0")[0] + a.addresses("eth1")[0]
    assert looked_up(host.container("other"), "a") == ["10.5.0.3"] or looked_up(host.container("other"), "a") == [
        "10.5.0.2"
    ]


# --- name servers -------------------------------------------------------------------------------------

BEHIND = "/run/systemd/resolve/resolv.conf"
RESOLVERS = {
    "plain": (
        "; a comment\nnameserver 192.0.2.53\nnameserver 2001:db8::53 # last\nsearch corp.example lab.example\n"
        "options edns0 timeout:2\noptions trust-ad edns0\n",
        [
            "nameserver 192.0.2.53",
            "nameserver 2001:db8::53",
            "search corp.example lab.example",
            "options edns0 timeout:2 trust-ad",
        ],
    ),
    "domain, then search": (
        "nameserver 192.0.2.53\nsearch a.example\ndomain b.example\n",
        ["nameserver 192.0.2.53", "search b.example"],
    ),
    "what means something else in a container": (
        "nameserver 127.0.0.1\nnameserver ::1\nnameserver fe80::1%eth0\nnameserver fe80::1\nnameserver 0.0.0.0\n"
        "nameserver ::\nnameserver x.example\nnameserver\nnameserver 192.0.2.7\n",
        ["nameserver 192.0.2.7"],
    ),
    "the stub of systemd-resolved": (
        "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch corp.example\n",
        ["nameserver 198.51.100.53", "search corp.example", "options edns0 trust-ad"],
    ),
    "not the stub, though systemd-resolved runs": ("nameserver 192.0.2.9\n", ["nameserver 192.0.2.9"]),
    "a server of the host alone": ("nameserver 127.0.0.1\n", []),
    "not UTF-8": (b"nameserver 192.0.2.53\nsearch \xff\xfe corp.example\n", None),
    "nothing": ("", []),
}


@pytest.mark.parametrize("kind", RESOLVERS)
def test_containers_ask_whom_the_host_asks_as_it_does(host, kind):
    text, wanted = RESOLVERS[kind]
    write(host, BEHIND, "nameserver 198.51.100.53\nnameserver 127.0.0.1\nsearch other.example\n")
    write(host, "/etc/resolv.conf", text)
    host.module("network", networks=[WEB, dict(DB, internal=True)])
    found = read(host, "/etc/netns/a/resolv.conf").splitlines()
    assert found[1:] == wanted or wanted is None and found[1] == "nameserver 192.0.2.53"
    assert read(host, "/etc/netns/c/resolv.conf").splitlines()[1:] == []
    assert not host.module("network", networks=[WEB, dict(DB, internal=True)])["changed"]


def test_a_resolv_conf_that_leads_to_the_stub_is_one(host):
    write(host, BEHIND, "nameserver 198.51.100.53\nsearch behind.example\n")
    write(host, "/run/systemd/resolve/stub-resolv.conf", "nameserver 127.0.0.53\n")
    host.run("ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf")
    host.module("network", **WEB)
    assert read(host, "/etc/netns/a/resolv.conf").splitlines()[1:] == [
        "nameserver 198.51.100.53",
        "search behind.example",
    ]


@pytest.mark.parametrize("kind", ["pipe", "folder", "dangling link", "looping link"])
def test_a_resolv_conf_that_is_no_file_stops_no_run(host, kind):
    host.run("rm /etc/resolv.conf")
    host.python(_plant, kind, "/etc/resolv.conf")
    host.module("network", timeout=20, **WEB)
    assert read(host, "/etc/netns/a/resolv.conf").splitlines()[1:] == []
