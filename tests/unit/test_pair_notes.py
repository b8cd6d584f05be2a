# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is noted of a veth pair is read back the same, and only for the pair that it was noted for."""

from __future__ import annotations

import ipaddress

import pytest

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import pair_notes
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.pair_notes import PairNote

NOTE = PairNote("a", "eth0", tuple(map(ipaddress.ip_interface, ("10.20.0.2/24", "fd00:20::2/64", "10.20.0.9/32"))))


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(pair_notes, "FOLDER", str(tmp_path / "notes/pairs"))
    return tmp_path / "notes/pairs"


def test_a_note_is_read_back_the_same():
    pair_notes.remember("veth0", 7, NOTE)
    assert pair_notes.note_of("veth0", 7) == NOTE
    assert {type(one) for one in pair_notes.note_of("veth0", 7).addresses} == {type(one) for one in NOTE.addresses}


def test_a_note_is_for_one_pair():
    pair_notes.remember("veth0", 7, NOTE)
    assert pair_notes.note_of("veth0", 8) is None
    assert pair_notes.note_of("veth1", 7) is None
    pair_notes.forget("veth0")
    pair_notes.forget("veth0")
    assert pair_notes.note_of("veth0", 7) is None


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "7", "[" * 100000, '{"index": 7}', '{"index": "7"}', "\xff"])
def test_a_damaged_note_is_none_and_is_cleared(folder, text):
    pair_notes.remember("veth0", 7, NOTE)
    (folder / "veth0").write_text(text, encoding="latin-1")
    assert pair_notes.note_of("veth0", 7) is None
    pair_notes.remove_stale()
    assert not (folder / "veth0").exists()


def test_what_others_could_write_does_not_count(folder):
    pair_notes.remember("veth0", 7, NOTE)
    (folder / "veth0").chmod(0o666)
    assert pair_notes.note_of("veth0", 7) is None
