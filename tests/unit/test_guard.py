# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of guards against spoofed sources: one transaction, however many ports."""

from __future__ import annotations

import ipaddress

from ansible_collections.hostnet.containers.plugins.module_utils.firewall.nftables.guards import guard_text

ONE = ("02:42:0a:14:00:02", (ipaddress.ip_interface("10.20.0.2/24"),))
TWO = ("02:42:0a:14:00:03", (ipaddress.ip_interface("10.20.0.3/24"),))


def test_many_guards_are_set_by_one_text():
    text = guard_text({}, {"veth1": ONE, "veth2": TWO})
    assert text.count("add table bridge hostnet") == 1
    assert 'guarded { "veth1" : jump port-veth1 }' in text
    assert 'guarded { "veth2" : jump port-veth2 }' in text


def test_the_last_guards_take_the_table_with_them():
    assert guard_text({"veth1": ONE, "veth2": TWO}, {"veth1": None, "veth2": None}) == "delete table bridge hostnet\n"


def test_one_of_two_guards_goes_alone():
    text = guard_text({"veth1": ONE, "veth2": TWO}, {"veth1": None})
    assert "delete table" not in text
    assert "port-veth2" not in text
    assert "delete chain bridge hostnet port-veth1" in text


def test_one_may_go_while_another_comes():
    text = guard_text({"veth1": ONE}, {"veth1": None, "veth2": TWO})
    assert "delete chain bridge hostnet port-veth1" in text
    assert "add chain bridge hostnet port-veth2" in text
    assert "delete table" not in text


def test_what_is_not_there_needs_no_text_to_go():
    assert guard_text({}, {"veth1": None}) == ""
