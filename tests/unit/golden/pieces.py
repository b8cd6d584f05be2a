# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What scenes are put together from: pairs of kind and options, with words for addresses."""

from __future__ import annotations

from golden.rules_of import WORDS

NO_YES = {"no": False, "yes": True}
YES_NO = {"yes": True, "no": False}
BOTH = (0, 1)
LOOPBACK = {word: word for word in ("route_localnet", "proxy", "none")}
MASQUERADE = {"on": {}, "none": None, "fixed": {"to_source": "HOST"}}


def interfaces(word, families=BOTH):
    """Addresses with their prefix length."""
    return ["%s/%d" % (WORDS[word][family], (24, 64)[family]) for family in families]


def bridge(name="br-web", word="GATEWAY"):
    return "Bridge", {"name": name, "addresses": interfaces(word)}


def in_each_family(kind, words, **options):
    """The same declaration in each family; `words` are the options whose values are addresses, or lists of them."""
    for family in BOTH:
        found = {
            name: [WORDS[item][family] for item in word] if isinstance(word, list) else WORDS[word][family]
            for name, word in words.items()
        }
        yield kind, {**options, **found}


def masquerades(chosen, source="SUBNET"):
    return () if chosen is None else in_each_family("Masquerade", {"source": source, **chosen})


def port(words=None, **options):
    given = {"host_port": "8888", "container_port": "80", **options}
    return in_each_family("PortPublish", {"container_ip": "CONTAINER", **(words or {})}, **given)
