# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role `bridge_network` says of its variables, made from the documentation of the module network.

`PYTHONPATH=tests:.dev python3 -m role_spec` writes `roles/bridge_network/meta/argument_specs.yml` anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from ansible_collections.hostnet.containers.plugins.doc_fragments._common import ModuleDocFragment
from ansible_collections.hostnet.containers.plugins.modules import network

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT / "roles" / "bridge_network" / "meta" / "argument_specs.yml"
PREFIX = "bridge_network_"
HEADER = """---
# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

# Made from the documentation of the module network by tests/role_spec.py, which says how. Do not edit.

"""
MAIN = {
    "short_description": "Declare a bridge network and the containers on it",
    "version_added": "1.0.0",
    "description": [
        "Makes one bridge network as a whole. It has a bridge with the gateway's address, a network namespace for each "
        "container, a veth pair between each of them and the bridge, a forwarding policy, masquerade, published ports, "
        "and names.",
        "The variables are the options of the module M(hostnet.containers.network). Others with the prefix "
        "C(bridge_network_) are refused.",
        "No program is started. Anything that can join a namespace below C(/run/netns) runs in it, such as a unit with "
        "C(NetworkNamespacePath=).",
    ],
    "author": ["Contributors to hostnet.containers"],
}
OWN = {
    "state": {
        "description": [
            "V(absent) removes everything that belongs to the network. Only O(bridge_network_name) is needed for it."
        ],
        "type": "str",
        "choices": ["present", "absent"],
        "default": "present",
    },
    "apply": {
        "description": [
            "With V(transaction), the module M(hostnet.containers.network) makes the network in one change, which is "
            "taken back as a whole if it fails.",
            "With V(modules), the modules of its parts make them one after the other. In the end, "
            "M(hostnet.containers.network) has to find nothing left but its record and the names, and the role fails "
            "otherwise.",
        ],
        "type": "str",
        "choices": ["transaction", "modules"],
        "default": "transaction",
    },
    "restore": {
        "description": [
            "Whether to apply the role P(hostnet.containers.boot_restore#role), by which the networks of the host come "
            "back after a reboot or a flush of the firewall. V(false) leaves as it is what that role has installed.",
        ],
        "type": "bool",
        "default": False,
    },
}
_OTHERWISE = ("name", "networks", "state")
_OPTION = re.compile(r"\bO\((?=[a-z_]+(?:\[\]|\.|\)))")


def expected():
    """The argument specs of the role, as a dict."""
    options = _documented()
    found = {PREFIX + "name": {**_option(options["name"]), "required": True}}
    found.update((PREFIX + name, spec) for name, spec in OWN.items())
    found.update((PREFIX + name, _option(spec)) for name, spec in options.items() if name not in _OTHERWISE)
    # What the role took before it had the options of the module.
    found[PREFIX + "forward_policy"]["choices"] = ["auto", "keep", "drop"]
    return {"argument_specs": {"main": {**MAIN, "options": found}}}


def _documented():
    """The options of the module, those in fragments last."""
    page = yaml.safe_load(network.DOCUMENTATION)
    found = dict(page["options"])
    for name in page["extends_documentation_fragment"]:
        fragment = name.rpartition("_common")[2].strip(".") or "documentation"
        found.update(yaml.safe_load(getattr(ModuleDocFragment, fragment.upper())).get("options", {}))
    return found


def _option(spec):
    """An option of a module as one of a role, whose own options have a prefix."""
    description = spec["description"]
    lines = [description] if isinstance(description, str) else description
    found = {**spec, "description": [_OPTION.sub("O(" + PREFIX, line) for line in lines]}
    if "suboptions" in found:
        found["options"] = {name: _option(inner) for name, inner in found.pop("suboptions").items()}
    return found


class _Dumper(yaml.SafeDumper):
    """Lists are indented, and nothing is written once for two places."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data):
        return True


def text():
    """The file."""
    return HEADER + yaml.dump(expected(), Dumper=_Dumper, sort_keys=False, width=116, allow_unicode=True)


if __name__ == "__main__":
    SPECS.write_text(text(), encoding="utf-8")
