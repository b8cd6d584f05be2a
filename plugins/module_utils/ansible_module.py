# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that knows AnsibleModule: from a module's options to its result."""

from __future__ import annotations

import contextlib
import itertools
import traceback

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hostnet.containers.plugins.module_utils.declare.module_options import (
    declaration_of,
    list_spec,
    module_spec,
)
from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import Network
from ansible_collections.hostnet.containers.plugins.module_utils.errors import HostnetError, Invalid
from ansible_collections.hostnet.containers.plugins.module_utils.host import Host
from ansible_collections.hostnet.containers.plugins.module_utils.plan.engine import run as run_engine
from ansible_collections.hostnet.containers.plugins.module_utils.report.check_mode_warnings import taken_for_granted
from ansible_collections.hostnet.containers.plugins.module_utils.report.diff import diff
from ansible_collections.hostnet.containers.plugins.module_utils.report.firewall_warnings import obstacles
from ansible_collections.hostnet.containers.plugins.module_utils.report.forwarding_warnings import dead_ends
from ansible_collections.hostnet.containers.plugins.module_utils.report.gathering import PARTS, gather
from ansible_collections.hostnet.containers.plugins.module_utils.report.return_values import results
from ansible_collections.hostnet.containers.plugins.module_utils.report.wire_warnings import missing_walls


def run(resource_class, returned, further=None):
    """Run the module of a resource class.

    Args:
        resource_class: a class of `declare`.
        returned: the key under which the resources are returned.
        further: dict from key to a function of plan and declaration that makes another return value.
    """
    module = AnsibleModule(argument_spec=module_spec(resource_class), supports_check_mode=True)
    with _told_to_the_user(module):
        declaration = declaration_of(resource_class, module.params, typed=TypedByAnsible())
        with Host(module.check_mode) as host:
            plan = run_engine(declaration, host, check=module.check_mode)
            warnings = (obstacles(plan, host), dead_ends(plan, host), missing_walls(plan, declaration))
            assumptions = (taken_for_installed(host.lacking), taken_for_granted(plan))
            for sentence in itertools.chain(*assumptions, *warnings):
                module.warn(sentence)
        values = {name: make(plan, declaration) for name, make in (further or {}).items()}
        values[returned] = results(plan, declaration)
        module.exit_json(changed=plan.changed, actions=plan.actions, diff=diff(plan), **values)


def run_info():
    """Run the module that reports on a host and changes nothing."""
    spec = {
        "name": {"type": "str"},
        "gather": {"type": "list", "elements": "str", "choices": list(PARTS), "default": list(PARTS)},
        "declared": {"type": "list", "elements": "dict"},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    with _told_to_the_user(module):
        declaration = _declared(module.params["declared"])
        with Host() as host:
            found = gather(host, module.params["gather"], module.params["name"], declaration)
        module.exit_json(changed=False, **found)


def _declared(networks):
    """Return the declaration of a list of networks, typed as the module `network` types its own; None for None."""
    if networks is None:
        return None
    result = ArgumentSpecValidator({"declared": list_spec(Network)}).validate({"declared": networks})
    if result.error_messages:
        raise Invalid("declared", " ".join(result.error_messages[0].split()))
    params = dict(result.validated_parameters, state="present")
    return declaration_of(Network, params, TypedByAnsible(), list_name="declared")


def taken_for_installed(names):
    """Return the warning of check mode on a host where something has to be installed first; none otherwise."""
    if names:
        yield (
            "not installed on the host: %s; check mode takes them for installed by an earlier task, as by the role "
            "hostnet.containers.host_setup, and without that the run itself fails" % ", ".join(names)
        )


class TypedByAnsible:
    """Types elements of lists that may be text, too, as Ansible types options: types, choices and messages are its own.

    A validator is made once for all elements that give the same options, since calls have thousands of elements.
    """

    def __init__(self):
        self._validators = {}

    def __call__(self, spec, options, path):
        key = (id(spec), *options)
        if key not in self._validators:
            # The spec is kept, so that no other gets its number.
            self._validators[key] = spec, ArgumentSpecValidator({name: spec[name] for name in options})
        result = self._validators[key][1].validate(options)
        if result.error_messages:
            raise _refused(spec, options, path, result.error_messages)
        return result.validated_parameters


def _refused(spec, options, path, messages):
    """Return the error that names the option which Ansible refuses."""
    for name, value in options.items():
        alone = ArgumentSpecValidator({name: spec[name]}).validate({name: value}).error_messages
        if alone:
            return Invalid("%s.%s" % (path, name), " ".join(alone[0].split()))
    return Invalid(path, " ".join(messages[0].split()))


@contextlib.contextmanager
def _told_to_the_user(module):
    """Failures become one sentence; a defect of ours says so, and its traceback is shown with -vvv only."""
    try:
        yield
    except HostnetError as error:
        module.fail_json(msg=str(error))
    except Exception as error:
        module.fail_json(
            msg="unexpected %s: %s; this is a defect of the collection, please report it with the output of -vvv"
            % (type(error).__name__, error),
            exception=traceback.format_exc(),
        )
