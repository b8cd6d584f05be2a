# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Root in a container does what it likes, between and during runs of the host, and the others do not notice.

Two other containers still reach each other, the host and what is published; what they have is unchanged; nobody hears
what is not for them. The host's next run brings all to what is declared, and the one after that changes nothing.
"""

from __future__ import annotations

import random

import pytest
from attacks import Frame, deeds
from examples import examples
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from siege import Run, Siege

# One host for many sequences, and several of them, so that processors share the work.
SEQUENCES, SIEGES = 300, 6
AT_ONCE = st.lists(deeds(), min_size=1, max_size=4).map(tuple)
RUNS = st.one_of(st.just(Run()), AT_ONCE.map(Run))
STEPS = st.one_of(deeds(), deeds(), deeds(), deeds(), RUNS)


@pytest.mark.wide
@pytest.mark.parametrize("number", range(SIEGES))
def test_whatever_root_in_a_container_does_the_others_do_not_notice(iptables_backend, number):
    siege = Siege(iptables_backend)

    @seed(number if settings.default.derandomize else random.getrandbits(64))
    @examples(SEQUENCES // SIEGES)
    @given(st.lists(STEPS, min_size=1, max_size=8))
    def attack(sequence):
        assert siege.attack(sequence) == []

    try:
        attack()
    finally:
        siege.close()


def test_what_gets_through_is_noticed(iptables_backend):
    """Without the guard."""
    siege = Siege(iptables_backend, anti_spoof=False)
    try:
        told = siege.attack([Frame("the address of a sibling, IPv4")])
    finally:
        siege.close()
    assert any("c got what a forged frame holds" in line for line in told)
