# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role `bridge_network` takes what the module network takes, and hands all of it on."""

from __future__ import annotations

import pytest
import yaml
from role_spec import PREFIX, ROOT, SPECS, expected, text

from ansible_collections.hostnet.containers.plugins.filter.cards import cards
from ansible_collections.hostnet.containers.plugins.filter.unknown_names import unknown_names
from ansible_collections.hostnet.containers.plugins.module_utils.declare.module_options import module_spec
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network

TASKS = ROOT / "roles" / "bridge_network" / "tasks"


def test_the_role_documents_the_options_of_the_module():
    assert SPECS.read_text(encoding="utf-8") == text(), "`make golden` writes it anew"


def same_types(documented, spec, path):
    """Compare the role's options with the module's argument spec, down to options of elements."""
    assert set(documented) == set(spec), path
    for name, option in spec.items():
        shown = documented[name]
        choices = [item for item in shown.get("choices", []) if item != "auto"]
        assert (shown["type"], shown.get("elements"), choices) == (
            option["type"],
            option.get("elements"),
            option.get("choices", []),
        ), (path, name)
        if "options" in option:
            same_types(shown["options"], option["options"], (*path, name))


def test_the_role_has_the_types_of_the_module():
    documented = {
        name[len(PREFIX) :]: option for name, option in expected()["argument_specs"]["main"]["options"].items()
    }
    assert documented.pop("apply")["choices"] == ["transaction", "modules"]
    assert documented.pop("restore")["type"] == "bool"
    spec = module_spec(Network)
    del spec["networks"]
    same_types(documented, spec, ())


@pytest.mark.parametrize("file", ["transaction.yml", "modules.yml"])
def test_every_variable_is_handed_on(file):
    calls = [
        task["hostnet.containers.network"]
        for task in yaml.safe_load((TASKS / file).read_text(encoding="utf-8"))
        if "hostnet.containers.network" in task
    ]
    wanted = {name[len(PREFIX) :] for name in expected()["argument_specs"]["main"]["options"]} - {"apply", "restore"}
    assert calls
    for call in calls:
        assert set(call) == wanted
        assert all(PREFIX + name in value for name, value in call.items())


def test_a_misspelt_name_is_told_with_the_nearest_known_one():
    known = ["internal", "isolate", "masquerade"]
    assert unknown_names(known, known) == []
    assert unknown_names(["intenal", "masquerade", "xyz"], known) == [
        "there is no intenal; did you mean internal?",
        "there is no xyz",
    ]


@pytest.mark.parametrize("value", [{}, [], "web", None, {"settled": {}, "further_networks": []}])
def test_the_filter_says_what_it_takes(value):
    from ansible.errors import AnsibleFilterError

    with pytest.raises(AnsibleFilterError, match="takes an element of what the module network returns"):
        cards(value)


def test_the_filter_refuses_what_is_no_network():
    from ansible.errors import AnsibleFilterError

    wrong = {"settled": {"name": "web", "subnets": ["x"]}, "further_networks": [], "guests": []}
    wrong["namespaces_of_others"] = []
    with pytest.raises(AnsibleFilterError, match="subnets: 'x' is not a network"):
        cards(wrong)
